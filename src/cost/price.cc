#include "cost/price.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text/encode.h"
#include "cost/errors.h"

namespace tandem::cost {
namespace {

enum class Unit : uint8_t { Million, Single };

struct ClassRow {
  PriceClass price_class;
  std::string_view name;
  Unit unit;
  // The class that contains it; itself: none, costs nothing when not given.
  PriceClass container;
};

using enum PriceClass;
constexpr std::array<ClassRow, kPriceClasses> kClasses{{
    {Input, "input", Unit::Million, Input},
    {CachedInput, "cached_input", Unit::Million, Input},
    {CacheWrite, "cache_write", Unit::Million, Input},
    {CacheWrite1h, "cache_write_1h", Unit::Million, CacheWrite},
    {AudioInput, "audio_input", Unit::Million, Input},
    {ImageInput, "image_input", Unit::Million, Input},
    {Output, "output", Unit::Million, Output},
    {Reasoning, "reasoning", Unit::Million, Output},
    {AudioOutput, "audio_output", Unit::Million, Output},
    {ImageOutput, "image_output", Unit::Million, Output},
    {Image, "image", Unit::Single, Image},
    {Second, "second", Unit::Single, Second},
    {ThousandRows, "thousand_rows", Unit::Single, ThousandRows},
    {ThousandWebSearches, "thousand_web_searches", Unit::Single, ThousandWebSearches},
    {ThousandToolCalls, "thousand_tool_calls", Unit::Single, ThousandToolCalls},
    {Request, "request", Unit::Single, Request},
}};

constexpr std::string_view kLongContext = "long_context.";
constexpr std::string_view kLongContextAbove = "long_context.above";
constexpr std::string_view kBatch = "batch.";
constexpr std::string_view kBatchPercent = "batch_percent";

const ClassRow* find_class(std::string_view name) {
  const auto* row = std::find_if(kClasses.begin(), kClasses.end(),
                                 [&](const ClassRow& each) { return each.name == name; });
  return row == kClasses.end() ? nullptr : row;
}

Error unknown_class(std::string_view name) {
  std::vector<std::string> known;
  for (const ClassRow& row : kClasses) known.emplace_back(row.name);
  known.emplace_back("long_context");
  known.emplace_back("batch");
  known.emplace_back(kBatchPercent);
  return errors::unknown_price_class(name, known);
}

}  // namespace

bool Rates::any_given() const {
  return std::any_of(rates_.begin(), rates_.end(), [](PicoUsd rate) { return rate != kNotGiven; });
}

PicoUsd Rates::rate(PriceClass price_class) const {
  while (!given(price_class)) {
    const PriceClass container = kClasses[index(price_class)].container;
    if (container == price_class) return 0;
    price_class = container;
  }
  return rates_[index(price_class)];
}

void Rates::inherit(const Rates& other) {
  for (size_t i = 0; i < kPriceClasses; ++i) {
    if (rates_[i] == kNotGiven) rates_[i] = other.rates_[i];
  }
}

std::string_view price_class_name(PriceClass price_class) {
  return kClasses[static_cast<size_t>(price_class)].name;
}

std::string price_id_text(int64_t id) {
  if (id == 0) return {};
  return fmt::format("price_{:016x}", static_cast<uint64_t>(id));
}

NanoUsd cost_of(const Usage& reported, const Price& price, Tier tier) {
  const Usage usage = sanitized(reported);
  const bool is_long =
      price.long_context_above > 0 && usage.input_tokens > price.long_context_above;
  const bool own_batch = tier == Tier::Batch && price.batch.any_given();
  const Rates& rates = own_batch ? price.batch : is_long ? price.long_context : price.rates;

  const int64_t plain_input = usage.input_tokens - usage.cached_input_tokens -
                              usage.cache_write_input_tokens - usage.audio_input_tokens -
                              usage.image_input_tokens;
  const int64_t short_writes = usage.cache_write_input_tokens - usage.cache_write_1h_input_tokens;
  const int64_t plain_output = usage.output_tokens - usage.reasoning_tokens -
                               usage.audio_output_tokens - usage.image_output_tokens;

  ExactSum sum;
  sum.add(plain_input, rates.rate(Input));
  sum.add(usage.cached_input_tokens, rates.rate(CachedInput));
  sum.add(short_writes, rates.rate(CacheWrite));
  sum.add(usage.cache_write_1h_input_tokens, rates.rate(CacheWrite1h));
  sum.add(usage.audio_input_tokens, rates.rate(AudioInput));
  sum.add(usage.image_input_tokens, rates.rate(ImageInput));
  sum.add(plain_output, rates.rate(Output));
  sum.add(usage.reasoning_tokens, rates.rate(Reasoning));
  sum.add(usage.audio_output_tokens, rates.rate(AudioOutput));
  sum.add(usage.image_output_tokens, rates.rate(ImageOutput));
  if (tier == Tier::Batch && !own_batch) sum.reduce_to(price.batch_percent);
  sum.add(usage.images, rates.rate(Image));
  sum.add_thousandths(usage.milliseconds, rates.rate(Second));
  sum.add_thousandths(usage.rows, rates.rate(ThousandRows));
  sum.add_thousandths(usage.web_searches, rates.rate(ThousandWebSearches));
  sum.add_thousandths(usage.tool_calls, rates.rate(ThousandToolCalls));
  sum.add(1, rates.rate(Request));
  return sum.nano_usd_rounded_up();
}

Result<Price> parse_price(std::span<const PriceField> fields) {
  Price price;
  for (const PriceField& field : fields) {
    if (field.name == kLongContextAbove) {
      TRY(price.long_context_above, parse_decimal(field.decimal, 0, kMaxCount, field.name));
      continue;
    }
    if (field.name == kBatchPercent) {
      TRY(price.batch_percent, parse_decimal(field.decimal, 0, 100, field.name));
      continue;
    }
    const bool is_long = field.name.starts_with(kLongContext);
    const bool is_batch = field.name.starts_with(kBatch);
    const std::string_view name = is_long    ? field.name.substr(kLongContext.size())
                                  : is_batch ? field.name.substr(kBatch.size())
                                             : field.name;
    const ClassRow* row = find_class(name);
    if (row == nullptr) return fail(unknown_class(field.name));
    Rates& rates = is_long ? price.long_context : is_batch ? price.batch : price.rates;
    if (rates.given(row->price_class)) return fail(errors::price_given_twice(field.name));
    const auto parse = row->unit == Unit::Million ? parse_usd_per_million : parse_usd_per_unit;
    TRY(const PicoUsd rate, parse(field.decimal, field.name));
    rates.set(row->price_class, rate);
  }
  if (!price.rates.any_given()) return fail(errors::empty_price());
  if ((price.long_context_above > 0) != price.long_context.any_given()) {
    return fail(errors::half_a_long_context());
  }
  if (price.long_context_above > 0) price.long_context.inherit(price.rates);
  if (price.batch.any_given()) price.batch.inherit(price.rates);
  return price;
}

}  // namespace tandem::cost
