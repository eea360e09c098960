#include "gateway/files/form.h"

#include <gtest/gtest.h>

namespace tandem::gateway::files {
namespace {

constexpr WallUs kNow = 1'764'000'000'000'000;

struct Field {
  std::string name;
  std::string value;
  std::string filename;  // empty: no file
};

Result<File> read(const std::vector<Field>& fields, int64_t max_bytes = 100,
                  std::string* bytes = nullptr) {
  FileForm form(max_bytes);
  for (const Field& field : fields) {
    net::PartHead head;
    head.name = field.name;
    head.filename = field.filename;
    head.is_file = !field.filename.empty();
    TRY_VOID(form.on_part(head));
    // In two pieces, as it may come.
    const size_t half = field.value.size() / 2;
    if (half > 0) TRY_VOID(form.on_data(std::string_view(field.value).substr(0, half)));
    if (!field.value.empty()) TRY_VOID(form.on_data(std::string_view(field.value).substr(half)));
    TRY_VOID(form.on_part_end());
  }
  if (bytes) *bytes = form.take_bytes();
  return form.finish(kNow);
}

TEST(FileForm, ReadsWhatClientsSend) {
  std::string bytes;
  const auto file = read({{"purpose", "batch", ""},
                          {"file", "{\"custom_id\":1}\n", "C:\\data\\in.jsonl"},
                          {"expires_after[anchor]", "created_at", ""},
                          {"expires_after[seconds]", "3600", ""},
                          {"unknown", "passed over", ""}},
                         100, &bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->filename, "in.jsonl");
  EXPECT_EQ(file->purpose, "batch");
  EXPECT_EQ(file->expires_us, kNow + 3'600'000'000);
  EXPECT_EQ(file->id.rfind("file-", 0), 0u);
  EXPECT_EQ(bytes, "{\"custom_id\":1}\n");
}

TEST(FileForm, AFileWithoutExpiryStays) {
  const auto file = read({{"file", "x", "a.txt"}, {"purpose", "user_data", ""}});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->expires_us, 0);
}

TEST(FileForm, ErrorsNameTheField) {
  const Field good{"file", "x", "a.txt"};
  const Field purpose{"purpose", "batch", ""};
  const std::pair<std::vector<Field>, std::string> cases[] = {
      {{purpose}, "file"},
      {{{"file", "", "a.txt"}, purpose}, "file"},
      {{{"file", "x", ""}, purpose}, "file"},
      {{{"file", "x", "dir/"}, purpose}, "file"},
      {{{"file", "x", "\xff.txt"}, purpose}, "file"},
      {{good, good, purpose}, "file"},
      {{good}, "purpose"},
      {{good, {"purpose", "Batch", ""}}, "purpose"},
      {{good, {"purpose", "batch_output", ""}}, "purpose"},
      {{good, {"purpose", std::string(300, 'x'), ""}}, "purpose"},
      {{good, purpose, {"expires_after[seconds]", "3599", ""}}, "expires_after.seconds"},
      {{good, purpose, {"expires_after[seconds]", "2592001", ""}}, "expires_after.seconds"},
      {{good, purpose, {"expires_after[seconds]", "1e4", ""}}, "expires_after.seconds"},
      {{good, purpose, {"expires_after[anchor]", "now", ""}}, "expires_after.anchor"},
  };
  for (const auto& [fields, param] : cases) {
    const auto file = read(fields);
    ASSERT_FALSE(file) << param;
    EXPECT_EQ(file.error().code, Code::InvalidArgument);
    EXPECT_EQ(file.error().param, param) << file.error().message;
  }
}

TEST(FileForm, AFileMayBeAsLargeAsTheLimitAndNoLarger) {
  EXPECT_TRUE(read({{"file", "12345", "a"}, {"purpose", "batch", ""}}, 5));
  const auto refused = read({{"file", "123456", "a"}, {"purpose", "batch", ""}}, 5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::PayloadTooLarge);
}

}  // namespace
}  // namespace tandem::gateway::files
