#include "gateway/batches/output.h"

#include <algorithm>

#include "base/json/writer.h"

namespace tandem::gateway::batches {

void append_answer(std::string& out, const Line& line) {
  std::string body = line.body.empty() ? "null" : line.body;
  std::replace_if(
      body.begin(), body.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const size_t prefix = line.request_id.find('_');
  const size_t from = prefix == std::string::npos ? 0 : prefix + 1;
  json::Writer json(out);
  json.object().key("id").string("batch_req_" + line.request_id.substr(from));
  json.key("custom_id").string(line.custom_id);
  json.key("response").object().key("status_code").integer(line.status);
  json.key("request_id").string(line.request_id).key("body").raw(body).end_object();
  json.key("error").null().end_object();
  out += '\n';
}

void append_expired(std::string& out, const std::string& batch, int64_t number,
                    const std::string& custom_id) {
  json::Writer json(out);
  json.object().key("id").string("batch_req_" + batch.substr(batch.find('_') + 1) + "_" +
                                 std::to_string(number));
  json.key("custom_id").string(custom_id).key("response").null();
  json.key("error").object().key("code").string("batch_expired");
  json.key("message").string(
      "This request could not be executed before the completion window expired.");
  json.end_object().end_object();
  out += '\n';
}

}  // namespace tandem::gateway::batches
