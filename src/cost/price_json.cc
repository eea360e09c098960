#include <simdjson.h>

#include <deque>
#include <string>
#include <vector>

#include "cost/errors.h"
#include "cost/price.h"

namespace tandem::cost {
namespace {

// An object nests once (long_context), so the depth is bounded by how this is written.
enum class Depth : uint8_t { Outer, LongContext };

struct Collected {
  std::deque<std::string> texts;  // a deque, so that the views in `fields` stay valid
  std::vector<PriceField> fields;

  void add(std::string name, std::string decimal) {
    texts.push_back(std::move(name));
    const std::string& kept_name = texts.back();
    texts.push_back(std::move(decimal));
    fields.push_back({kept_name, texts.back()});
  }
};

// simdjson's token runs to the next structural character: the blanks before it are not part of it.
std::string_view without_trailing_blanks(std::string_view token) {
  const size_t last = token.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view() : token.substr(0, last + 1);
}

Result<void> collect(simdjson::ondemand::object object, Depth depth, Collected& out) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return fail(errors::price_not_json());
    std::string name = depth == Depth::LongContext ? "long_context." : "";
    name += key;
    simdjson::ondemand::value value;
    simdjson::ondemand::json_type type;
    if (field.value().get(value) != simdjson::SUCCESS ||
        value.type().get(type) != simdjson::SUCCESS) {
      return fail(errors::price_not_json());
    }
    if (type == simdjson::ondemand::json_type::number) {
      out.add(std::move(name), std::string(without_trailing_blanks(value.raw_json_token())));
    } else if (type == simdjson::ondemand::json_type::string) {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return fail(errors::price_not_json());
      out.add(std::move(name), std::string(text));
    } else if (type == simdjson::ondemand::json_type::object && depth == Depth::Outer &&
               name == "long_context") {
      simdjson::ondemand::object inner;
      if (value.get_object().get(inner) != simdjson::SUCCESS) return fail(errors::price_not_json());
      TRY_VOID(collect(inner, Depth::LongContext, out));
    } else {
      return fail(errors::not_a_decimal(name, "null, true, false, an array or an object"));
    }
  }
  return {};
}

}  // namespace

Result<Price> parse_price_json(std::string_view json) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return fail(errors::price_not_json());
  }
  Collected collected;
  TRY_VOID(collect(object, Depth::Outer, collected));
  // Only the end of the text has no location.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return fail(errors::price_not_json());
  }
  return parse_price(collected.fields);
}

}  // namespace tandem::cost
