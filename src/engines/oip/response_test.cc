#include "engines/oip/response.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "engines/oip/metadata.h"

namespace tandem::engines::oip {
namespace {

template <class T>
Tensor tensor_of(std::string name, DataType type, Shape shape, std::initializer_list<T> values) {
  Tensor tensor{std::move(name), type, std::move(shape), {}, {}};
  set_values<T>(tensor, values);
  return tensor;
}

InferResponse ticket_response() {
  InferResponse response{"fraud", "3", "r-17", {}};
  response.outputs.push_back(tensor_of<int64_t>("label", DataType::Int64, {2}, {1, -5}));
  response.outputs.push_back(
      tensor_of<float>("scores", DataType::Fp32, {2, 2}, {0.25f, 0.1f, 1e-7f, 16777216.0f}));
  response.outputs.push_back({"text", DataType::Bytes, {2}, {}, {"Z\xC3\xBCrich", "a\"b\n"}});
  return response;
}

TEST(OipResponseTest, AllJson) {
  const Rendered out = render_infer_response({}, ticket_response());
  EXPECT_EQ(out.body,
            R"({"id":"r-17","model_name":"fraud","model_version":"3","outputs":[)"
            R"({"name":"label","datatype":"INT64","shape":[2],"data":[1,-5]},)"
            R"({"name":"scores","datatype":"FP32","shape":[2,2],"data":[0.25,0.1,1e-07,16777216]},)"
            "{\"name\":\"text\",\"datatype\":\"BYTES\",\"shape\":[2],\"data\":[\"Z\xC3\xBCrich\","
            R"("a\"b\n"]}]})");
  EXPECT_EQ(out.content_type, "application/json");
  EXPECT_FALSE(out.header_length);
}

TEST(OipResponseTest, BinaryOutputsFollowTheJsonInTheirOrder) {
  InferRequest request;
  request.binary_by_default = true;
  request.outputs = {{"label", false}, {"scores", {}}, {"text", true}};
  const Rendered out = render_infer_response(request, ticket_response());
  const std::string json =
      R"({"id":"r-17","model_name":"fraud","model_version":"3","outputs":[)"
      R"({"name":"label","datatype":"INT64","shape":[2],"data":[1,-5]},)"
      R"({"name":"scores","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}},)"
      R"({"name":"text","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":19}}]})";
  ASSERT_EQ(out.header_length, json.size());
  EXPECT_EQ(out.content_type, "application/octet-stream");
  EXPECT_EQ(out.body.substr(0, json.size()), json);
  const std::string scores("\x00\x00\x80\x3e\xcd\xcc\xcc\x3d\x95\xbf\xd6\x33\x00\x00\x80\x4b", 16);
  const std::string text("\x07\0\0\0Z\xC3\xBCrich\x04\0\0\0a\"b\n", 19);
  EXPECT_EQ(out.body.substr(json.size()), scores + text);
}

TEST(OipResponseTest, WhatJsonHasNoFormFor) {
  InferResponse response{"m", "", "", {}};
  response.outputs.push_back(
      tensor_of<double>("d", DataType::Fp64, {3}, {NAN, INFINITY, -INFINITY}));
  response.outputs.push_back(tensor_of<uint16_t>("h", DataType::Fp16, {1}, {0x3c00}));
  response.outputs.push_back(tensor_of<uint8_t>("b", DataType::Bool, {2}, {0, 1}));
  const Rendered out = render_infer_response({}, response);
  const std::string json =
      R"({"model_name":"m","outputs":[)"
      R"({"name":"d","datatype":"FP64","shape":[3],"data":["NaN","Infinity","-Infinity"]},)"
      R"({"name":"h","datatype":"FP16","shape":[1],"parameters":{"binary_data_size":2}},)"
      R"({"name":"b","datatype":"BOOL","shape":[2],"data":[false,true]}]})";
  EXPECT_EQ(out.body, json + std::string("\x00\x3c", 2));
}

TEST(OipMetadataTest, ServerAndModel) {
  EXPECT_EQ(render_server_metadata("0.1.0"),
            R"({"name":"tandem","version":"0.1.0",)"
            R"("extensions":["binary_tensor_data","model_repository"]})");
  const ModelMetadata model{"fraud",
                            "onnxruntime_onnx",
                            {{"X", DataType::Fp32, {-1, 8}, {}}, {"s", DataType::Bytes, {-1}, {}}},
                            {{"p", DataType::Fp32, {-1, 2}, {"no", "yes"}}}};
  const std::string versions[] = {"1", "2"};
  EXPECT_EQ(
      render_model_metadata(model, versions),
      R"({"name":"fraud","versions":["1","2"],"platform":"onnxruntime_onnx","inputs":[)"
      R"({"name":"X","datatype":"FP32","shape":[-1,8]},)"
      R"({"name":"s","datatype":"BYTES","shape":[-1]}],"outputs":[)"
      R"({"name":"p","datatype":"FP32","shape":[-1,2],"parameters":{"classes":["no","yes"]}}]})");
  EXPECT_EQ(render_model_config(model),
            R"({"name":"fraud","platform":"onnxruntime_onnx","max_batch_size":0,"input":[)"
            R"({"name":"X","data_type":"TYPE_FP32","dims":[-1,8]},)"
            R"({"name":"s","data_type":"TYPE_STRING","dims":[-1]}],"output":[)"
            R"({"name":"p","data_type":"TYPE_FP32","dims":[-1,2]}]})");
}

TEST(OipMetadataTest, RepositoryIndex) {
  const RepositoryEntry entries[] = {{"fraud", "3", true, ""}, {"new", "", false, "loading"}};
  EXPECT_EQ(render_repository_index(entries),
            R"([{"name":"fraud","version":"3","state":"READY","reason":""},)"
            R"({"name":"new","state":"UNAVAILABLE","reason":"loading"}])");
}

}  // namespace
}  // namespace tandem::engines::oip
