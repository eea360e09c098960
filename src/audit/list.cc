#include "audit/list.h"

#include <fmt/format.h>

#include <charconv>

#include "audit/rows.h"
#include "base/text/encode.h"

namespace tandem::audit {
namespace {

using store::Param;

// Names a place in the order and nothing else, so a forged one shows nothing that its caller may
// not see.
std::string encode_cursor(int64_t seq) {
  const std::string text = fmt::format("a{}", seq);
  return text::to_hex(crypto::bytes_of(text));
}

Result<int64_t> decode_cursor(std::string_view cursor) {
  const auto text = text::from_hex(cursor);
  int64_t seq = 0;
  if (text && text->starts_with('a')) {
    const char* end = text->data() + text->size();
    const auto read = std::from_chars(text->data() + 1, end, seq);
    if (read.ec == std::errc() && read.ptr == end && seq > 0) return seq;
  }
  return fail(Code::InvalidArgument, "The cursor is not one of this list.",
              "Pass next_cursor of the page before.", "cursor");
}

// WHERE clause and its parameters, which are views of the query.
class Conditions {
 public:
  void add(std::string_view condition, Param param) {
    sql_.append(sql_.empty() ? " WHERE " : " AND ").append(condition);
    params_.push_back(param);
  }
  // `pattern`: exact, or a prefix before a final *.
  void add_pattern(std::string_view column, const std::string& pattern) {
    if (!pattern.ends_with('*')) {
      add(fmt::format("{} = ?", column), std::string_view(pattern));
      return;
    }
    const std::string prefix = pattern.substr(0, pattern.size() - 1);
    add(fmt::format("SUBSTR({}, 1, {}) = ?", column, characters(prefix)), keep(prefix));
  }
  const std::string& sql() const { return sql_; }
  std::vector<Param>& params() { return params_; }

 private:
  // Both databases count characters in SUBSTR.
  static size_t characters(std::string_view text) {
    size_t count = 0;
    for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
  }
  std::string_view keep(std::string text) {
    kept_.push_back(std::make_unique<std::string>(std::move(text)));
    return *kept_.back();
  }

  std::string sql_;
  std::vector<Param> params_;
  std::vector<std::unique_ptr<std::string>> kept_;
};

}  // namespace

Result<EventPage> list_events(store::Connection& connection, const EventQuery& query) {
  if (query.limit < 1 || query.limit > kMaxEvents) {
    return fail(Code::InvalidArgument,
                fmt::format("limit is {}; expected 1 to {}.", query.limit, kMaxEvents), "",
                "limit");
  }
  Conditions where;
  if (query.project) where.add("project = ?", query.project->view());
  if (query.from_us) where.add("time_us >= ?", *query.from_us);
  if (query.to_us) where.add("time_us < ?", *query.to_us);
  if (!query.actor.empty()) {
    where.add("? IN (actor_key, actor_user)", std::string_view(query.actor));
  }
  if (!query.action.empty()) where.add_pattern("action", query.action);
  if (!query.resource.empty()) where.add_pattern("resource", query.resource);
  if (!query.outcome.empty()) where.add("outcome = ?", std::string_view(query.outcome));
  if (!query.cursor.empty()) {
    TRY(const int64_t seq, decode_cursor(query.cursor));
    where.add("seq < ?", seq);
  }
  where.params().push_back(query.limit + 1);
  const std::string sql = fmt::format("SELECT {} FROM audit_events{} ORDER BY seq DESC LIMIT ?",
                                      kEventColumns, where.sql());
  EventPage page;
  TRY_VOID(
      connection.query({"audit_events.list", sql}, where.params(), [&page](const store::Row& row) {
        page.events.push_back(stored_event(row));
        return true;
      }));
  if (static_cast<int64_t>(page.events.size()) > query.limit) {
    page.events.resize(static_cast<size_t>(query.limit));
    page.next_cursor = encode_cursor(page.events.back().seq);
  }
  return page;
}

}  // namespace tandem::audit
