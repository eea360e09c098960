#include "gateway/batches/request.h"

#include <algorithm>

#include "base/json/tree.h"
#include "base/json/writer.h"
#include "gateway/files/form.h"
#include "gateway/request_errors.h"

namespace tandem::gateway::batches {
namespace {

constexpr size_t kMostMetadata = 16;
constexpr size_t kMaxMetadataKey = 64;
constexpr size_t kMaxMetadataValue = 512;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<std::string> read_metadata(const json::Value* metadata) {
  if (!metadata) return std::string();
  const std::string expected =
      "an object of at most 16 texts, with names of at most 64 bytes and values of at most 512";
  if (!metadata->is_object() || metadata->children.size() > kMostMetadata) {
    return wrong_field("metadata", expected);
  }
  std::string out;
  json::Writer json(out);
  json.object();
  for (const json::Value& value : metadata->children) {
    if (!value.is_string() || value.name.size() > kMaxMetadataKey ||
        value.text.size() > kMaxMetadataValue || value.text.find('\0') != std::string_view::npos) {
      return wrong_field("metadata", expected);
    }
    json.key(value.name).string(value.text);
  }
  json.end_object();
  return out;
}

}  // namespace

Result<Batch> read_create(std::string body, const std::vector<std::string>& endpoints) {
  TRY(const json::Document document, json::parse(std::move(body)));
  const json::Value& root = document.root();
  if (!root.is_object()) return fail(Code::InvalidArgument, "The body must be a JSON object.");
  Batch batch;
  batch.input_file = root.find_text("input_file_id");
  if (batch.input_file.empty()) {
    return wrong_field("input_file_id", "the id of a file that was uploaded for the purpose batch");
  }
  batch.endpoint = root.find_text("endpoint");
  if (std::find(endpoints.begin(), endpoints.end(), batch.endpoint) == endpoints.end()) {
    return wrong_field("endpoint", "one of " + listed(endpoints));
  }
  if (root.find_text("completion_window") != "24h") return wrong_field("completion_window", "24h");
  TRY(batch.metadata, read_metadata(root.find("metadata")));
  if (const json::Value* keep = root.find("output_expires_after")) {
    if (!keep->is_object()) return wrong_field("output_expires_after", "an object");
    const json::Value* seconds = keep->find("seconds");
    TRY(batch.output_keep_s,
        files::read_expiry(keep->find_text("anchor"), seconds ? seconds->integer().value_or(0) : 0,
                           "output_expires_after"));
  }
  return batch;
}

std::string batch_json(const Batch& batch) {
  std::string out;
  json::Writer json(out);
  const auto time = [&](std::string_view name, WallUs at_us) {
    json.key(name);
    at_us > 0 ? json.integer(at_us / 1'000'000) : json.null();
  };
  const auto ended = [&](std::string_view name, Status status) {
    time(name, batch.status == status ? batch.finished_us : 0);
  };
  json.object().key("id").string(batch.id).key("object").string("batch");
  json.key("endpoint").string(batch.endpoint).key("errors");
  if (batch.errors.empty()) {
    json.null();
  } else {
    json.object().key("object").string("list").key("data").raw(batch.errors).end_object();
  }
  json.key("input_file_id").string(batch.input_file);
  json.key("completion_window").string(batch.completion_window);
  json.key("status").string(status_name(batch.status));
  json.key("output_file_id").string_or_null(batch.output_file);
  json.key("error_file_id").string_or_null(batch.error_file);
  time("created_at", batch.created_us);
  time("in_progress_at", batch.in_progress_us);
  time("expires_at", batch.expires_us);
  time("finalizing_at", batch.finalizing_us);
  ended("completed_at", Status::Completed);
  ended("failed_at", Status::Failed);
  ended("expired_at", Status::Expired);
  time("cancelling_at", batch.cancelling_us);
  ended("cancelled_at", Status::Cancelled);
  json.key("request_counts").object().key("total").integer(batch.total);
  json.key("completed").integer(batch.completed).key("failed").integer(batch.failed);
  json.end_object().key("metadata");
  batch.metadata.empty() ? json.null() : json.raw(batch.metadata);
  json.end_object();
  return out;
}

}  // namespace tandem::gateway::batches
