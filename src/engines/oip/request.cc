#include "engines/oip/request.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "engines/oip/binary.h"
#include "engines/oip/errors.h"
#include "engines/oip/json_data.h"

namespace tandem::engines::oip {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kKeptJsonBytes = 256 * 1024;

Failure broken(simdjson::error_code error) {
  return fail(errors::not_json(simdjson::error_message(error)));
}

// A field's value as T, or an error that says where and what was expected.
template <class T>
Result<T> field_as(ondemand::value& value, std::string_view where, std::string_view expected) {
  T out{};
  const auto error = value.get(out);
  if (error == simdjson::SUCCESS) return out;
  return fail(errors::wrong_field(where, expected));
}

// Calls `each(key, value)` for the fields of `object`; what it does not read is passed over.
template <class Each>
Result<void> for_each_field(ondemand::object& object, const Each& each) {
  for (auto field : object) {
    ondemand::field pair;
    if (const auto error = std::move(field).get(pair)) return broken(error);
    std::string_view key;
    if (const auto error = pair.unescaped_key().get(key)) return broken(error);
    TRY_VOID(each(key, pair.value()));
  }
  return {};
}

template <class Each>
Result<void> for_each_element(ondemand::array& array, std::string_view what, const Each& each) {
  size_t count = 0;
  for (auto element : array) {
    ondemand::value value;
    if (const auto error = element.get(value)) return broken(error);
    if (++count > kMaxTensors) return fail(errors::too_many(what, kMaxTensors));
    TRY(ondemand::object object, field_as<ondemand::object>(value, what, "an array of objects"));
    TRY_VOID(each(object));
  }
  return {};
}

Result<Shape> read_shape(ondemand::value& value, const std::string& input) {
  const std::string where = "The shape of input \"" + input + "\"";
  TRY(ondemand::array array, field_as<ondemand::array>(value, where, "an array of integers"));
  Shape shape;
  for (auto element : array) {
    int64_t dimension = 0;
    if (element.get_int64().get(dimension) || dimension < 0) {
      return fail(errors::wrong_field(where, "an array of integers of 0 or more"));
    }
    if (shape.size() == kMaxRank) return fail(errors::too_many("dimensions", kMaxRank));
    shape.push_back(dimension);
  }
  return shape;
}

// One input while its fields come, in any order.
struct InputReader {
  size_t room;  // bytes of the JSON
  Tensor tensor = {};
  bool has_name = false, has_shape = false, has_type = false;
  bool has_data = false, data_is_late = false;
  std::optional<uint64_t> binary_size = {};

  Result<void> read(ondemand::object& object);
  Result<void> read_field(std::string_view key, ondemand::value value);
  Result<void> read_parameters(ondemand::value& value);
  Result<void> read_data(ondemand::value& value);
  bool ready() const { return has_name && has_shape && has_type; }
  // A second shape would not fit the data that was read with the first one.
  bool has(std::string_view field) const {
    return (field == "name" && has_name) || (field == "datatype" && has_type) ||
           (field == "shape" && has_shape) || (field == "data" && (has_data || data_is_late));
  }
};

Result<void> InputReader::read_data(ondemand::value& value) {
  const std::string where = "The data of input \"" + tensor.name + "\"";
  TRY(ondemand::array array, field_as<ondemand::array>(value, where, "an array"));
  has_data = true;
  return read_json_data(array, room, tensor);
}

Result<void> InputReader::read_parameters(ondemand::value& value) {
  TRY(ondemand::object object, field_as<ondemand::object>(value, "parameters", "an object"));
  return for_each_field(
      object, [&](std::string_view key, ondemand::value parameter) -> Result<void> {
        if (key == "binary_data_size") {
          TRY(binary_size, field_as<uint64_t>(parameter, "binary_data_size", "a size in bytes"));
        } else if (key.starts_with("shared_memory")) {
          return fail(errors::not_supported("inputs", "shared memory"));
        }
        return {};
      });
}

Result<void> InputReader::read_field(std::string_view key, ondemand::value value) {
  if (has(key)) return fail(errors::repeated_field("Input \"" + tensor.name + "\"", key));
  if (key == "name") {
    TRY(const auto name, field_as<std::string_view>(value, "An input's name", "a string"));
    tensor.name = name;
    has_name = true;
  } else if (key == "datatype") {
    TRY(const auto name, field_as<std::string_view>(value, "datatype", "a string"));
    const auto type = find_data_type(name);
    if (!type) return fail(errors::unknown_datatype(tensor.name, name));
    tensor.type = *type;
    has_type = true;
  } else if (key == "shape") {
    TRY(tensor.shape, read_shape(value, tensor.name));
    has_shape = true;
  } else if (key == "parameters") {
    return read_parameters(value);
  } else if (key == "data") {
    if (ready()) return read_data(value);
    data_is_late = true;
  }
  return {};
}

Result<void> InputReader::read(ondemand::object& object) {
  TRY_VOID(for_each_field(
      object, [&](std::string_view key, ondemand::value value) { return read_field(key, value); }));
  const std::string where = has_name ? "Input \"" + tensor.name + "\"" : "An input";
  if (!has_name) return fail(errors::missing_field(where, "name"));
  if (!has_type) return fail(errors::missing_field(where, "datatype"));
  if (!has_shape) return fail(errors::missing_field(where, "shape"));
  if (data_is_late && !has_data) {
    // The data stood before what says how to read them: once more, now that it is known.
    if (const auto error = object.reset().error()) return broken(error);
    TRY_VOID(
        for_each_field(object, [&](std::string_view key, ondemand::value value) -> Result<void> {
          return key == "data" ? read_data(value) : Result<void>{};
        }));
  }
  if (has_data && binary_size) return fail(errors::both_data(tensor.name));
  if (!has_data && !binary_size) return fail(errors::no_data(tensor.name));
  return {};
}

struct RequestReader {
  size_t room;
  InferRequest out = {};
  std::vector<std::optional<uint64_t>> binary_sizes = {};  // one an input
  bool has_inputs = false;

  Result<void> read(ondemand::document& document);
  Result<void> read_inputs(ondemand::value& value);
  Result<void> read_outputs(ondemand::value& value);
  Result<void> read_output_parameters(ondemand::value& value, RequestedOutput& output);
  Result<void> read_parameters(ondemand::value& value);
  Result<void> take_binary(std::string_view data);
};

Result<void> RequestReader::read_inputs(ondemand::value& value) {
  TRY(ondemand::array array, field_as<ondemand::array>(value, "inputs", "an array"));
  has_inputs = true;
  return for_each_element(array, "inputs", [&](ondemand::object& object) -> Result<void> {
    InputReader input{room};
    TRY_VOID(input.read(object));
    binary_sizes.push_back(input.binary_size);
    out.inputs.push_back(std::move(input.tensor));
    return {};
  });
}

Result<void> RequestReader::read_output_parameters(ondemand::value& value,
                                                   RequestedOutput& output) {
  TRY(ondemand::object object, field_as<ondemand::object>(value, "parameters", "an object"));
  return for_each_field(
      object, [&](std::string_view key, ondemand::value parameter) -> Result<void> {
        if (key == "binary_data") {
          TRY(output.binary, field_as<bool>(parameter, "binary_data", "true or false"));
        } else if (key == "classification") {
          return fail(errors::not_supported("outputs", "classification"));
        } else if (key.starts_with("shared_memory")) {
          return fail(errors::not_supported("outputs", "shared memory"));
        }
        return {};
      });
}

Result<void> RequestReader::read_outputs(ondemand::value& value) {
  TRY(ondemand::array array, field_as<ondemand::array>(value, "outputs", "an array"));
  return for_each_element(array, "outputs", [&](ondemand::object& object) -> Result<void> {
    RequestedOutput output;
    bool named = false;
    TRY_VOID(
        for_each_field(object, [&](std::string_view key, ondemand::value field) -> Result<void> {
          if (key == "name") {
            TRY(const auto name, field_as<std::string_view>(field, "An output's name", "a string"));
            output.name = name;
            named = true;
          } else if (key == "parameters") {
            return read_output_parameters(field, output);
          }
          return {};
        }));
    if (!named) return fail(errors::missing_field("An output", "name"));
    out.outputs.push_back(std::move(output));
    return {};
  });
}

Result<void> RequestReader::read_parameters(ondemand::value& value) {
  TRY(ondemand::object object, field_as<ondemand::object>(value, "parameters", "an object"));
  return for_each_field(
      object, [&](std::string_view key, ondemand::value parameter) -> Result<void> {
        if (key == "binary_data_output") {
          TRY(out.binary_by_default,
              field_as<bool>(parameter, "binary_data_output", "true or false"));
        } else if (key == "timeout") {
          TRY(out.timeout_us, field_as<int64_t>(parameter, "timeout", "a number of microseconds"));
        } else if (key == "sequence_id") {
          // tritonclient leaves it out where there is no sequence.
          return fail(errors::not_supported("parameters", "sequence_id"));
        }
        return {};
      });
}

Result<void> RequestReader::read(ondemand::document& document) {
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    if (error != simdjson::INCORRECT_TYPE) return broken(error);
    return fail(errors::wrong_field("The request", "an object"));
  }
  TRY_VOID(for_each_field(object, [&](std::string_view key, ondemand::value value) -> Result<void> {
    if (key == "id") {
      TRY(const auto id, field_as<std::string_view>(value, "id", "a string"));
      out.id = id;
    } else if (key == "inputs") {
      return read_inputs(value);
    } else if (key == "outputs") {
      return read_outputs(value);
    } else if (key == "parameters") {
      return read_parameters(value);
    }
    return {};
  }));
  if (document.current_location().error() == simdjson::SUCCESS) {
    return fail(errors::not_json("something follows the object"));
  }
  if (!has_inputs) return fail(errors::missing_field("The request", "inputs"));
  return {};
}

// Cuts the bytes behind the JSON into the inputs that have a binary_data_size, in their order.
Result<void> RequestReader::take_binary(std::string_view data) {
  for (size_t i = 0; i < out.inputs.size(); ++i) {
    if (!binary_sizes[i]) continue;
    const uint64_t size = *binary_sizes[i];
    if (size > data.size()) {
      return fail(errors::binary_too_short(out.inputs[i].name, size, data.size()));
    }
    TRY_VOID(decode_binary(data.substr(0, size), out.inputs[i]));
    data.remove_prefix(size);
  }
  if (!data.empty()) return fail(errors::binary_left_over(data.size()));
  return {};
}

// simdjson reads past the end of its input, so that the JSON moves into a padded buffer.
struct Workspace {
  ondemand::parser parser;
  std::string buffer;
};

Result<InferRequest> parse_json(std::string_view json, std::string_view binary) {
  // Kept per thread, but for large bodies, whose memory would never be given back.
  thread_local Workspace kept;
  std::optional<Workspace> large;
  if (json.size() > kKeptJsonBytes) large.emplace();
  Workspace& workspace = large ? *large : kept;
  std::string& buffer = workspace.buffer;
  buffer.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  buffer.assign(json);
  ondemand::document document;
  const simdjson::padded_string_view padded(buffer.data(), buffer.size(), buffer.capacity());
  if (const auto error = workspace.parser.iterate(padded).get(document)) return broken(error);
  RequestReader reader{json.size()};
  TRY_VOID(reader.read(document));
  TRY_VOID(reader.take_binary(binary));
  return std::move(reader.out);
}

// A request without JSON: the body is the model's one input. BYTES: one element, not framed.
Result<InferRequest> parse_bare(std::string_view body, const ModelMetadata& model) {
  if (model.inputs.size() != 1) return fail(errors::raw_needs_one_input(model.name));
  const TensorInfo& info = model.inputs.front();
  const auto variable = std::count(info.shape.begin(), info.shape.end(), -1);
  if (variable > 1) return fail(errors::raw_needs_one_input(model.name));
  InferRequest out;
  out.binary_by_default = true;
  Tensor tensor{info.name, info.type, info.shape, {}, {}};
  if (info.type == DataType::Bytes) {
    for (int64_t& dimension : tensor.shape) dimension = dimension < 0 ? 1 : dimension;
    if (element_count(tensor.shape) != 1u) {
      return fail(errors::raw_wrong_size(info.name, info.type, info.shape, body.size()));
    }
    tensor.strings.emplace_back(body);
    out.inputs.push_back(std::move(tensor));
    return out;
  }
  Shape fixed = info.shape;
  std::erase(fixed, -1);
  const size_t step = element_count(fixed).value_or(0) * element_size(info.type);
  if (step == 0 || body.size() % step != 0 || (variable == 0 && body.size() != step)) {
    return fail(errors::raw_wrong_size(info.name, info.type, info.shape, body.size()));
  }
  for (int64_t& dimension : tensor.shape) {
    if (dimension < 0) dimension = static_cast<int64_t>(body.size() / step);
  }
  TRY_VOID(decode_binary(body, tensor));
  out.inputs.push_back(std::move(tensor));
  return out;
}

}  // namespace

std::vector<std::string> InferRequest::wanted() const {
  std::vector<std::string> out;
  for (const RequestedOutput& output : outputs) out.push_back(output.name);
  return out;
}

bool InferRequest::wants_binary(std::string_view output) const {
  for (const RequestedOutput& requested : outputs) {
    if (requested.name == output) return requested.binary.value_or(binary_by_default);
  }
  return binary_by_default;
}

Result<InferRequest> parse_infer_request(std::string_view body,
                                         std::optional<std::string_view> header_length,
                                         const ModelMetadata& model) {
  if (!header_length) return parse_json(body, {});
  size_t length = 0;
  const char* end = header_length->data() + header_length->size();
  const auto [stop, error] = std::from_chars(header_length->data(), end, length);
  if (error != std::errc{} || stop != end || length > body.size()) {
    return fail(errors::bad_header_length(*header_length, body.size()));
  }
  if (length == 0) return parse_bare(body, model);
  return parse_json(body.substr(0, length), body.substr(length));
}

}  // namespace tandem::engines::oip
