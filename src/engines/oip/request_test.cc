#include "engines/oip/request.h"

#include <gmock/gmock.h>

#include "base/text/encode.h"
#include "engines/oip/binary.h"
#include "engines/onnx/testing.h"

namespace tandem::engines::oip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ModelMetadata kModel{"m", "onnxruntime_onnx", {{"x", DataType::Fp32, {-1, 2}, {}}}, {}};

InferRequest parse(std::string_view body, std::optional<std::string_view> header = {}) {
  auto request = parse_infer_request(body, header, kModel);
  if (!request) throw std::runtime_error(request.error().describe());
  return std::move(*request);
}

std::string error_of(std::string_view body, std::optional<std::string_view> header = {}) {
  const auto request = parse_infer_request(body, header, kModel);
  return request ? "no error" : request.error().describe();
}

// The bytes of a tensor with every NaN as the one that we read.
std::string canonical(DataType type, std::string raw) {
  Tensor tensor{"", type, {static_cast<int64_t>(raw.size()) / 4}, {}, {}};
  if (type != DataType::Fp32 || !decode_binary(raw, tensor)) return raw;
  std::string out;
  for (float value : tensor.values<float>()) {
    if (std::isnan(value)) value = std::numeric_limits<float>::quiet_NaN();
    out.append(reinterpret_cast<const char*>(&value), 4);
  }
  return out;
}

TEST(OipRequestTest, ReadsWhatTritonclientSends) {
  const auto cases =
      boost::json::parse(testing::read_file(testing::data_path("oip_requests.json")));
  size_t checked = 0;
  for (const auto& item : cases.as_array()) {
    SCOPED_TRACE(item.at("title").as_string().c_str());
    const std::string body = *text::from_base64(item.at("body").as_string());
    std::optional<std::string> header;
    if (!item.at("header_length").is_null()) {
      header = std::to_string(item.at("header_length").to_number<int64_t>());
    }
    const auto request = parse_infer_request(body, header, kModel);
    ASSERT_TRUE(request) << request.error().describe();
    EXPECT_EQ(request->id, item.at("id").as_string());
    EXPECT_EQ(request->binary_by_default, item.at("binary_by_default").as_bool());
    EXPECT_EQ(request->timeout_us.has_value(), !item.at("timeout_us").is_null());
    const auto& outputs = item.at("outputs").as_array();
    ASSERT_EQ(request->outputs.size(), outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_EQ(request->outputs[i].name, outputs[i].at("name").as_string());
      EXPECT_EQ(request->wants_binary(request->outputs[i].name), outputs[i].at("binary").as_bool());
    }
    const auto& inputs = item.at("inputs").as_array();
    ASSERT_EQ(request->inputs.size(), inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& tensor = request->inputs[i];
      EXPECT_EQ(tensor.name, inputs[i].at("name").as_string());
      EXPECT_EQ(name_of(tensor.type), inputs[i].at("datatype").as_string());
      EXPECT_EQ(describe(tensor.shape), boost::json::serialize(inputs[i].at("shape")));
      std::string raw;
      append_binary(tensor, raw);
      EXPECT_EQ(canonical(tensor.type, raw),
                canonical(tensor.type, *text::from_base64(inputs[i].at("raw").as_string())));
      ++checked;
    }
  }
  EXPECT_GT(checked, 80u);
}

// The example of the specification (Open Inference Protocol, "Inference Request Examples").
TEST(OipRequestTest, ReadsTheExampleOfTheSpecification) {
  const InferRequest request = parse(R"({
    "id" : "42",
    "inputs" : [
      {"name" : "input0", "shape" : [ 2, 2 ], "datatype" : "UINT32", "data" : [ 1, 2, 3, 4 ]},
      {"name" : "input1", "shape" : [ 3 ], "datatype" : "BOOL", "data" : [ true ,false,true ]}
    ],
    "outputs" : [ {"name" : "output0"} ]
  })");
  EXPECT_EQ(request.id, "42");
  EXPECT_THAT(request.wanted(), ElementsAre("output0"));
  ASSERT_EQ(request.inputs.size(), 2u);
  EXPECT_THAT(request.inputs[0].values<uint32_t>(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(request.inputs[1].bytes, ElementsAre(1, 0, 1));
  EXPECT_FALSE(request.wants_binary("output0"));
}

TEST(OipRequestTest, ReadsNestedFlatAndPartlyNestedDataInAnyFieldOrder) {
  for (const char* data : {"[[[1,2],[3,4]],[[5,6],[7,8]]]", "[1,2,3,4,5,6,7,8]",
                           "[[1,2,3,4],[5,6,7,8]]", "[[[[1],[2]],[[3],[4]]],[[5,6],[7,8.0]]]"}) {
    for (const char* order : {R"({"name":"x","datatype":"INT32","shape":[2,2,2],"data":%})",
                              R"({"data":%,"shape":[2,2,2],"name":"x","datatype":"INT32"})",
                              R"({"name":"x","data":%,"more":{"a":[1]},"datatype":"INT32",
                                  "parameters":{},"shape":[2,2,2]})"}) {
      std::string input = order;
      input.replace(input.find('%'), 1, data);
      const InferRequest request = parse(R"({"inputs":[)" + input + R"(],"other":[{}]})");
      EXPECT_THAT(request.inputs[0].values<int32_t>(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8))
          << input;
      EXPECT_EQ(request.inputs[0].shape, (Shape{2, 2, 2}));
    }
  }
}

std::string with_data(const char* type, const char* shape, const std::string& data) {
  return std::string(R"({"inputs":[{"name":"x","datatype":")") + type + R"(","shape":)" + shape +
         R"(,"data":)" + data + "}]}";
}

TEST(OipRequestTest, SpecialFloats) {
  const InferRequest request = parse(with_data(
      "FP64", "[8]", R"([NaN, "NaN", null, Infinity, "Infinity", -Infinity, "-Infinity", 1e-5])"));
  const auto values = request.inputs[0].values<double>();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(values[i]));
  EXPECT_THAT(values.subspan(3), ElementsAre(INFINITY, INFINITY, -INFINITY, -INFINITY, 1e-5));
  EXPECT_THAT(parse(with_data("FP32", "[2]", "[1e39,-1e39]")).inputs[0].values<float>(),
              ElementsAre(INFINITY, -INFINITY));
}

TEST(OipRequestTest, IntegersKeepTheirRange) {
  EXPECT_THAT(
      parse(with_data("UINT64", "[2]", "[18446744073709551615,0]")).inputs[0].values<uint64_t>(),
      ElementsAre(UINT64_MAX, 0u));
  EXPECT_THAT(parse(with_data("INT64", "[2]", "[-9223372036854775808,9223372036854775807]"))
                  .inputs[0]
                  .values<int64_t>(),
              ElementsAre(INT64_MIN, INT64_MAX));
  EXPECT_THAT(error_of(with_data("INT8", "[2]", "[1,128]")),
              HasSubstr("Element 1 of input \"x\" is 128, but INT8 was expected."));
  EXPECT_THAT(error_of(with_data("UINT8", "[1]", "[-1]")), HasSubstr("is -1, but UINT8"));
  EXPECT_THAT(error_of(with_data("INT32", "[1]", "[1.5]")), HasSubstr("is 1.5, but INT32"));
  EXPECT_THAT(error_of(with_data("INT32", "[1]", "[\"1\"]")), HasSubstr("is \"1\", but INT32"));
  EXPECT_THAT(error_of(with_data("INT32", "[1]", "[null]")), HasSubstr("is null, but INT32"));
  EXPECT_THAT(error_of(with_data("INT32", "[1]", "[NaN]")), HasSubstr("is NaN, but INT32"));
  EXPECT_THAT(error_of(with_data("BOOL", "[1]", "[2]")), HasSubstr("is 2, but BOOL"));
  EXPECT_THAT(error_of(with_data("BYTES", "[1]", "[2]")), HasSubstr("is 2, but BYTES"));
  EXPECT_THAT(error_of(with_data("FP32", "[1]", "[\"abc\"]")), HasSubstr("is \"abc\", but FP32"));
  EXPECT_THAT(error_of(with_data("FP32", "[1]", "[{}]")), HasSubstr("Element 0 of input \"x\""));
}

TEST(OipRequestTest, ErrorsNameTheInput) {
  EXPECT_THAT(error_of(with_data("FP32", "[2,2]", "[1,2,3]")),
              HasSubstr("Input \"x\" has an array at depth 0 that holds 3 elements, but its shape "
                        "[2,2] needs 4 there."));
  EXPECT_THAT(error_of(with_data("FP32", "[2,2]", "[[1],[2,3,4]]")),
              HasSubstr("at depth 1 that holds 1 elements, but its shape [2,2] needs 2"));
  EXPECT_THAT(error_of(with_data("FP16", "[1]", "[1]")), HasSubstr("\"x\" is FP16"));
  EXPECT_THAT(error_of(with_data("FLOAT", "[1]", "[1]")),
              HasSubstr("Input \"x\" has the unknown datatype \"FLOAT\"."));
  EXPECT_THAT(error_of(with_data("FP32", "[-1]", "[1]")), HasSubstr("shape of input \"x\""));
  EXPECT_THAT(error_of(with_data("FP32", "[9999999999999]", "[1]")), HasSubstr("more than"));
  EXPECT_THAT(error_of(with_data("FP32", "[1]", "1")), HasSubstr("data of input \"x\""));
  EXPECT_THAT(error_of(R"({"inputs":[{"name":"x","datatype":"FP32","data":[1]}]})"),
              HasSubstr("Input \"x\" lacks \"shape\"."));
  EXPECT_THAT(error_of(R"({"inputs":[{"datatype":"FP32","shape":[1],"data":[1]}]})"),
              HasSubstr("An input lacks \"name\"."));
  EXPECT_THAT(error_of(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1]}]})"),
              HasSubstr("Input \"x\" has no data."));
  EXPECT_THAT(error_of(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1],
                           "parameters":{"binary_data_size":4}}]})"),
              HasSubstr("both"));
  for (const char* field :
       {R"("name":"y")", R"("datatype":"INT8")", R"("shape":[2,2])", R"("data":[1,2])"}) {
    EXPECT_THAT(error_of(with_data("FP32", "[1]", std::string("[1],") + field)),
                HasSubstr("Input \"x\" has \"" + std::string(field + 1, strchr(field + 1, '"')) +
                          "\" more than once."))
        << field;
  }
  EXPECT_THAT(error_of(R"({"inputs":[{"data":[1],"data":[1,2],"name":"x","datatype":"FP32",
                           "shape":[2]}]})"),
              HasSubstr("\"data\" more than once"));
  EXPECT_THAT(error_of(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1],
                           "parameters":{"shared_memory_region":"r"}}]})"),
              HasSubstr("shared memory is not supported"));
  EXPECT_THAT(
      error_of(R"({"inputs":[],"outputs":[{"name":"y","parameters":{"classification":3}}]})"),
      HasSubstr("classification is not supported"));
}

TEST(OipRequestTest, MalformedBodies) {
  for (const char* body :
       {"", " ", "{", "[]", "null", "{\"inputs\":[}", "{\"inputs\":[{\"name\":\"x\"",
        "{\"inputs\":1}", "{\"inputs\":[1]}", "{\"id\":\"a\"}", "{\"inputs\":[]} {}",
        "{\"inputs\":[]} x", "{\"inputs\":[],\"id\":7}", "{\"inputs\":[],\"parameters\":[]}",
        "\xff\xfe", "{\"inputs\":[],\"outputs\":[{}]}", "{\"inputs\":[],\"id\":\"\xff\"}"}) {
    const auto request = parse_infer_request(body, std::nullopt, kModel);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, Code::InvalidArgument) << body;
  }
  std::string deep =
      with_data("FP32", "[1]", std::string(5000, '[') + "1" + std::string(5000, ']'));
  EXPECT_NE(error_of(deep), "no error");
  std::string many = "{\"inputs\":[";
  for (int i = 0; i < 1025; ++i) {
    many += i ? "," : "";
    many += R"({"name":"x","datatype":"FP32","shape":[0],"data":[]})";
  }
  EXPECT_THAT(error_of(many + "]}"), HasSubstr("more than 1024 inputs"));
}

TEST(OipRequestTest, BinarySizesMustAddUp) {
  const std::string json = R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],
      "parameters":{"binary_data_size":8}}]})";
  const std::string length = std::to_string(json.size());
  EXPECT_EQ(parse(json + std::string(8, '\0'), length).inputs[0].bytes.size(), 8u);
  EXPECT_THAT(error_of(json + "1234567", length),
              HasSubstr("Input \"x\" has binary_data_size 8, but only 7 bytes are left."));
  EXPECT_THAT(error_of(json + "123456789", length), HasSubstr("1 bytes follow the last input."));
  EXPECT_THAT(error_of(json, std::nullopt), HasSubstr("only 0 bytes are left"));
  EXPECT_THAT(error_of(json, "99999"), HasSubstr("Inference-Header-Content-Length is \"99999\""));
  EXPECT_THAT(error_of(json, "-1"), HasSubstr("\"-1\""));
  EXPECT_THAT(error_of(json, "12x"), HasSubstr("\"12x\""));
  const std::string wrong = R"({"inputs":[{"name":"x","datatype":"INT64","shape":[2],
      "parameters":{"binary_data_size":8}}]})";
  EXPECT_THAT(error_of(wrong + "12345678", std::to_string(wrong.size())),
              HasSubstr("Input \"x\" has 8 bytes of data, but INT64 [2] needs 16."));
  const std::string huge = R"({"inputs":[{"name":"x","datatype":"INT64","shape":[2],
      "parameters":{"binary_data_size":18446744073709551615}}]})";
  EXPECT_THAT(error_of(huge, std::to_string(huge.size())), HasSubstr("18446744073709551615"));
}

TEST(OipRequestTest, BytesFramingIsChecked) {
  Tensor tensor{"s", DataType::Bytes, {2}, {}, {}};
  ASSERT_TRUE(decode_binary(std::string_view("\2\0\0\0hi\0\0\0\0", 10), tensor));
  EXPECT_THAT(tensor.strings, ElementsAre("hi", ""));
  EXPECT_EQ(binary_size(tensor), 10u);
  for (const std::string_view bad :
       {std::string_view("\2\0\0\0h", 5), std::string_view("\2\0\0", 3),
        std::string_view("\xff\xff\xff\xff", 4), std::string_view("\1\0\0\0a", 5)}) {
    const auto decoded = decode_binary(bad, tensor);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().param, "s");
  }
  Tensor flags{"b", DataType::Bool, {3}, {}, {}};
  ASSERT_TRUE(decode_binary(std::string_view("\0\1\7", 3), flags));
  EXPECT_THAT(flags.bytes, ElementsAre(0, 1, 1));
}

TEST(OipRequestTest, ARequestWithoutJson) {
  const float values[] = {1, 2, 3, 4};
  const std::string_view body(reinterpret_cast<const char*>(values), sizeof values);
  const InferRequest request = parse(body, "0");
  EXPECT_EQ(request.inputs[0].name, "x");
  EXPECT_EQ(request.inputs[0].shape, (Shape{2, 2}));
  EXPECT_THAT(request.inputs[0].values<float>(), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(request.wants_binary("anything"));
  EXPECT_THAT(error_of(body.substr(0, 12), "0"),
              HasSubstr("The body has 12 bytes, which is no size of input \"x\" FP32 [-1,2]."));
  const ModelMetadata text{"t", "", {{"s", DataType::Bytes, {1}, {}}}, {}};
  const auto whole = parse_infer_request("any \0 bytes", "0", text);
  ASSERT_TRUE(whole);
  EXPECT_THAT(whole->inputs[0].strings, ElementsAre("any "));
  const ModelMetadata two{
      "two", "", {{"a", DataType::Fp32, {1}, {}}, {"b", DataType::Fp32, {1}, {}}}, {}};
  EXPECT_FALSE(parse_infer_request("", "0", two));
  const ModelMetadata open{"open", "", {{"a", DataType::Fp32, {-1, -1}, {}}}, {}};
  EXPECT_FALSE(parse_infer_request("1234", "0", open));
}

}  // namespace
}  // namespace tandem::engines::oip
