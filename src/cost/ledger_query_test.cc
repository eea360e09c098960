#include "cost/ledger_query.h"

#include <boost/json.hpp>
#include <map>
#include <set>

#include "base/text/encode.h"
#include "cost/csv.h"
#include "cost/ledger_output.h"
#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using boost::json::value;
using testing::kNoon;
using testing::must;

LedgerQuery parsed(std::initializer_list<QueryParameter> parameters) {
  return must(parse_ledger_query({parameters.begin(), parameters.size()}));
}

std::string error_of(std::initializer_list<QueryParameter> parameters) {
  const auto query = parse_ledger_query({parameters.begin(), parameters.size()});
  EXPECT_FALSE(query.has_value());
  return query ? std::string() : query.error().describe();
}

TEST(ParseLedgerQuery, ReadsEveryParameter) {
  const LedgerQuery query = parsed({{"project", "shop"},
                                    {"key", "k1"},
                                    {"from", "2026-11-24"},
                                    {"to", "1764000000000000"},
                                    {"filter", R"(request_id = "a \"b\"" and state=settled)"},
                                    {"group_by", "day, model,key"},
                                    {"order", "asc"},
                                    {"limit", "7"},
                                    {"trace_id", ""}});
  ASSERT_EQ(query.equals.size(), 4u);
  EXPECT_EQ(query.equals[1].column, "key_id");
  EXPECT_EQ(query.equals[2].value, R"(a "b")");
  EXPECT_EQ(query.equals[3].column, "state");
  EXPECT_EQ(query.from_us, *time::parse("2026-11-24T00:00:00Z"));
  EXPECT_EQ(query.to_us, 1764000000000000);
  EXPECT_EQ(query.group_by, (std::vector<std::string_view>{"day", "model", "key_id"}));
  EXPECT_EQ(query.limit, 7u);
  EXPECT_EQ(query.sort_order(), SortOrder::Ascending);
}

TEST(ParseLedgerQuery, SaysWhatIsWrong) {
  EXPECT_NE(error_of({{"projcet", "x"}}).find("Did you mean project?"), std::string::npos);
  EXPECT_NE(error_of({{"group_by", "models"}}).find("Did you mean model?"), std::string::npos);
  EXPECT_NE(error_of({{"state", "open"}}).find("settled, estimated or released"),
            std::string::npos);
  EXPECT_NE(error_of({{"from", "yesterday"}}).find("2026-11-24T08:00:00Z"), std::string::npos);
  for (const char* limit : {"0", "1001", "-1", "ten", "1e3", "99999999999999999999"}) {
    EXPECT_NE(error_of({{"limit", limit}}).find("1 to 1000"), std::string::npos) << limit;
  }
  error_of({{"order", "sideways"}});
  error_of({{"cursor", "zz"}});
  error_of({{"cursor", encode_cursor(std::vector<std::string>{"1", "x"})}});
  error_of({{"cursor", encode_cursor(std::vector<std::string>{"x", "r", "1"})}});
  error_of({{"group_by", "project,key,user,team,endpoint,provider,model"}});
  error_of({{"project", std::string_view("a\0b", 3)}});
  for (const char* filter : {"state", "state =", "= x", "state = \"settled", "a = b", "state = x",
                             "state = settled or state = settled", "state = settled and "}) {
    error_of({{"filter", filter}});
  }
}

TEST(LedgerCursor, SurvivesTheTripAndNothingElse) {
  const std::vector<std::string> key{"12", "", "a:b/\xC3\xA9", "3"};
  EXPECT_EQ(must(decode_cursor(encode_cursor(key))), key);
  for (std::string bad : {"3:ab", "x", ":", "1", "-1:a", "99999999999999999999:a"}) {
    const std::string hex =
        text::to_hex({reinterpret_cast<const uint8_t*>(bad.data()), bad.size()});
    EXPECT_FALSE(decode_cursor(hex).has_value()) << bad;
  }
}

class LedgerQueryTest : public testing::LedgerFixture {
 protected:
  // 120 calls over four days, some at one instant, in every state.
  void fill() {
    start();
    for (int i = 0; i < 120; ++i) {
      now_us_ = kNoon + int64_t{i / 10} * 8 * 3'600'000'000;
      CallIdentity identity = call("req_" + std::to_string(1000 + i), "k" + std::to_string(i % 3));
      identity.project = ProjectId(i % 2 == 0 ? "shop" : "desk");
      identity.endpoint = i % 5 == 0 ? "embed" : "chat";
      identity.attempt = 1 + i % 2;
      Reservation reservation = must(accountant_->reserve(identity, usage(1, 1)));
      if (i % 12 == 0) {
        must(accountant_->release(std::move(reservation), Reason::Timeout));
      } else {
        must(accountant_->settle(std::move(reservation), usage(i, 2 * i), {},
                                 i % 12 == 1 ? State::Estimated : State::Settled));
      }
    }
    catch_up();
  }
  value read(std::initializer_list<QueryParameter> parameters) {
    const LedgerQuery query = parsed(parameters);
    const std::string json = must((*db_).read_now(
        [&](store::Connection& connection) { return read_ledger_json(connection, query); }));
    return boost::json::parse(json);
  }
  static const boost::json::array& data(const value& answer) {
    return answer.at("data").as_array();
  }
};
INSTANTIATE_TEST_SUITE_P(Both, LedgerQueryTest, store::testing::both_databases(),
                         store::testing::dialect_name);

TEST_P(LedgerQueryTest, RowsHaveEveryPromisedField) {
  fill();
  const value answer = read({{"request_id", "req_1013"}});
  ASSERT_EQ(data(answer).size(), 1u);
  const boost::json::object& row = data(answer)[0].as_object();
  EXPECT_EQ(row.at("id").as_string(), "req_1013/2");
  EXPECT_EQ(row.at("request_id").as_string(), "req_1013");
  EXPECT_EQ(row.at("attempt").as_int64(), 2);
  EXPECT_EQ(row.at("trace_id").as_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(row.at("project").as_string(), "desk");
  EXPECT_EQ(row.at("key_id").as_string(), "k1");
  EXPECT_TRUE(row.at("user_id").is_null());
  EXPECT_EQ(row.at("state").as_string(), "estimated");
  EXPECT_TRUE(row.at("reason").is_null());
  EXPECT_EQ(row.at("cost_source").as_string(), "prices");
  EXPECT_EQ(row.at("cost_nano_usd").as_int64(), 13 * 1000 + 26 * 2000);
  EXPECT_EQ(row.at("input_tokens").as_int64(), 13);
  EXPECT_EQ(row.at("output_tokens").as_int64(), 26);
  EXPECT_EQ(row.at("usage_reported").as_bool(), true);
  EXPECT_EQ(row.at("energy_source").as_string(), "modelled");
  EXPECT_EQ(row.at("tier").as_string(), "standard");
  EXPECT_TRUE(row.at("price_id").as_string().starts_with("price_"));
  EXPECT_GT(row.at("co2e_ug").as_int64(), 0);
  EXPECT_EQ(row.at("created_at").as_string(), "2026-11-24T20:00:00.000000Z");
  for (const char* name : {"cached_input_tokens", "gpu_ms", "energy_mj", "bytes_in", "bytes_out",
                           "estimate_nano_usd", "started_us", "ended_us", "rows", "images"}) {
    EXPECT_TRUE(row.at(name).is_int64()) << name;
  }
  EXPECT_FALSE(row.contains("month"));
  EXPECT_TRUE(answer.at("next_cursor").is_null());
}

TEST_P(LedgerQueryTest, PagesMeetWithoutGapsOrRepeats) {
  fill();
  for (const char* order : {"desc", "asc"}) {
    std::set<std::string> seen;
    std::string cursor;
    int64_t last = std::string_view(order) == "desc" ? INT64_MAX : 0;
    int pages = 0;
    do {
      const value page =
          read({{"limit", "7"}, {"order", order}, {"project", "shop"}, {"cursor", cursor}});
      for (const value& row : data(page)) {
        EXPECT_TRUE(seen.insert(std::string(row.at("id").as_string())).second);
        const int64_t at = row.at("started_us").as_int64();
        EXPECT_TRUE(std::string_view(order) == "desc" ? at <= last : at >= last);
        last = at;
      }
      cursor = page.at("next_cursor").is_null() ? "" : page.at("next_cursor").as_string().c_str();
      ++pages;
    } while (!cursor.empty());
    EXPECT_EQ(seen.size(), 60u);
    EXPECT_EQ(pages, 9);
  }
}

// Few sets of names are read one by one, many in the order of the rows: the same page.
TEST_P(LedgerQueryTest, BothPlansFindTheSameRows) {
  fill();
  for (const char* filter : {"project=shop", "key_id=k1 and state=settled", "model=none"}) {
    for (const char* order : {"asc", "desc"}) {
      const LedgerQuery query = parsed({{"filter", filter},
                                        {"order", order},
                                        {"from", "2026-11-25"},
                                        {"to", "2026-11-27T05:00:00Z"},
                                        {"limit", "9"}});
      const auto requests = [&](RowPlan plan) {
        const LedgerSql sql = ledger_sql(query, GetParam(), plan);
        std::vector<std::string> found;
        must((*db_).read_now([&](store::Connection& connection) {
          return connection.query({"plan", sql.sql}, sql.params, [&](const store::Row& row) {
            found.push_back(row.str(0));
            return true;
          });
        }));
        return found;
      };
      EXPECT_EQ(requests(RowPlan::ByNames), requests(RowPlan::InOrder)) << filter << order;
    }
  }
}

TEST_P(LedgerQueryTest, ThePageThatIsExactlyFullIsTheLast) {
  fill();
  const value page = read({{"limit", "60"}, {"project", "shop"}});
  EXPECT_EQ(data(page).size(), 60u);
  EXPECT_TRUE(page.at("next_cursor").is_null());
}

// Split as a spreadsheet splits it, without a quoted line break in these rows.
std::vector<std::vector<std::string>> cells(std::string_view csv) {
  std::vector<std::vector<std::string>> out;
  while (!csv.empty()) {
    const size_t end = csv.find("\r\n");
    out.emplace_back();
    std::string_view line = csv.substr(0, end);
    for (size_t comma = 0; comma != std::string_view::npos;) {
      comma = line.find(',');
      out.back().emplace_back(line.substr(0, comma));
      if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
    }
    csv.remove_prefix(end + 2);
  }
  return out;
}

TEST_P(LedgerQueryTest, CsvAndLinesSayWhatJsonSays) {
  fill();
  for (const char* group_by : {"", "project,day", "tier,price_id,reason"}) {
    const auto as = [&](const char* format) {
      const LedgerQuery query =
          parsed({{"group_by", group_by}, {"format", format}, {"limit", "1000"}});
      return must((*db_).read_now([&](store::Connection& connection) {
               return read_ledger_page(connection, query);
             }))
          .items;
    };
    const boost::json::array items = boost::json::parse(as("json")).as_array();
    const LedgerQuery query = parsed({{"group_by", group_by}});
    const auto lines = cells(csv_head(query) + as("csv"));
    ASSERT_EQ(lines.size(), items.size() + 1);
    for (size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ(lines[i + 1].size(), lines[0].size());
      for (size_t column = 0; column < lines[0].size(); ++column) {
        const value& cell = items[i].at(lines[0][column]);
        const std::string& text = lines[i + 1][column];
        if (cell.is_null()) EXPECT_EQ(text, "");
        if (cell.is_string()) EXPECT_EQ(text, cell.as_string());
        if (cell.is_int64()) EXPECT_EQ(text, std::to_string(cell.as_int64()));
        if (cell.is_bool()) EXPECT_EQ(text, cell.as_bool() ? "true" : "false");
      }
      EXPECT_EQ(items[i].as_object().size(), lines[0].size());
    }
    const std::string all = as("jsonl");
    std::string_view rest = all;
    for (const value& item : items) {
      const size_t end = rest.find('\n');
      EXPECT_EQ(boost::json::parse(std::string(rest.substr(0, end))), item);
      rest.remove_prefix(end + 1);
    }
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Csv, IsWhatRfc4180SaysAndNoFormula) {
  std::string out;
  CsvWriter csv(out);
  csv.text("plain").text("a,b").text("say \"hi\"").text("two\r\nlines").text("").integer(-5);
  csv.end_row();
  csv.text("=1+1").text("@SUM(A1)").text("-2").text("+3").text("\tx").text("=a,\"b\"").text(" x");
  csv.end_row();
  EXPECT_EQ(out,
            "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",,-5\r\n"
            "'=1+1,'@SUM(A1),'-2,'+3,'\tx,\"'=a,\"\"b\"\"\",\" x\"\r\n");
}

TEST_P(LedgerQueryTest, GroupsAddUpWhatTheirRowsSay) {
  fill();
  std::map<std::string, std::pair<int64_t, int64_t>> expected;  // calls, cost
  const value rows = read({{"limit", "1000"}});
  for (const value& row : data(rows)) {
    auto& [calls, cost] =
        expected[std::string(row.at("created_at").as_string()).substr(0, 10) + "|" +
                 row.at("project").as_string().c_str() + "|" + row.at("state").as_string().c_str()];
    ++calls;
    cost += row.at("cost_nano_usd").as_int64();
  }
  std::map<std::string, std::pair<int64_t, int64_t>> grouped;
  std::string cursor;
  do {
    const value page =
        read({{"group_by", "day,project,state"}, {"limit", "4"}, {"cursor", cursor}});
    for (const value& group : data(page)) {
      const std::string name = std::string(group.at("day").as_string().c_str()) + "|" +
                               group.at("project").as_string().c_str() + "|" +
                               group.at("state").as_string().c_str();
      EXPECT_TRUE(grouped
                      .emplace(name, std::pair(group.at("calls").as_int64(),
                                               group.at("cost_nano_usd").as_int64()))
                      .second);
    }
    cursor = page.at("next_cursor").is_null() ? "" : page.at("next_cursor").as_string().c_str();
  } while (!cursor.empty());
  EXPECT_EQ(grouped, expected);
  // Five days with two states in each of two projects; the last day has neither an estimated nor a
  // released call.
  EXPECT_EQ(expected.size(), 18u);
}

// A question that fits whole hours reads hourly sums, one that does not reads rows: same answers.
TEST_P(LedgerQueryTest, HourlySumsAgreeWithTheRows) {
  fill();
  const auto table_of = [](const LedgerQuery& query) {
    return ledger_sql(query).sql.find("FROM ledger_hours") != std::string::npos;
  };
  for (const char* fields : {"day", "hour,project", "month,state", "key,model,endpoint",
                             "provider,target,kind,cost_source", "user,team"}) {
    for (const char* filter : {"", "project=shop", "key_id=k1 and state=settled"}) {
      const std::initializer_list<QueryParameter> whole = {{"group_by", fields},
                                                           {"filter", filter},
                                                           {"from", "2026-11-24T20:00:00Z"},
                                                           {"to", "2026-11-27T05:00:00Z"},
                                                           {"limit", "1000"}};
      const std::initializer_list<QueryParameter> split = {{"group_by", fields},
                                                           {"filter", filter},
                                                           {"from", "2026-11-24T19:59:59Z"},
                                                           {"to", "2026-11-27T05:00:01Z"},
                                                           {"limit", "1000"}};
      EXPECT_TRUE(table_of(parsed(whole)));
      EXPECT_FALSE(table_of(parsed(split)));
      EXPECT_EQ(read(whole), read(split)) << fields << " where " << filter;
    }
  }
  EXPECT_FALSE(table_of(parsed({{"group_by", "trace_id"}})));
  EXPECT_FALSE(table_of(parsed({{"group_by", "day"}, {"trace_id", "t"}})));
}

TEST_P(LedgerQueryTest, GroupsByEachCalendarFieldAndTrace) {
  fill();
  EXPECT_EQ(data(read({{"group_by", "month"}}))[0].at("month").as_string(), "2026-11");
  EXPECT_EQ(data(read({{"group_by", "hour"}}))[0].at("hour").as_string(), "2026-11-24T12:00:00Z");
  EXPECT_EQ(data(read({{"group_by", "hour"}})).size(), 12u);
  const value trace = read({{"group_by", "trace_id"}});
  ASSERT_EQ(data(trace).size(), 1u) << "what one ticket cost, over both kinds of model";
  EXPECT_EQ(data(trace)[0].at("calls").as_int64(), 120);
  EXPECT_TRUE(data(read({{"group_by", "user"}}))[0].at("user_id").is_null());
}

TEST_P(LedgerQueryTest, TimesAreHalfOpen) {
  fill();
  const value day = read({{"from", "2026-11-24T12:00:00Z"}, {"to", "2026-11-24T20:00:00Z"}});
  EXPECT_EQ(data(day).size(), 10u);
  EXPECT_EQ(data(read({{"from", "2030-01-01"}})).size(), 0u);
  EXPECT_EQ(data(read({{"to", "0"}})).size(), 0u);
}

TEST_P(LedgerQueryTest, EveryFilterAndEveryGroupFieldIsValidSql) {
  fill();
  for (const char* name : {"project", "key_id", "user_id", "team_id", "endpoint", "provider",
                           "target", "model", "kind", "cost_source", "request_id", "trace_id"}) {
    EXPECT_EQ(data(read({{name, "none such"}})).size(), 0u) << name;
  }
  for (std::string_view field : ledger_group_fields()) {
    EXPECT_FALSE(data(read({{"group_by", field}})).empty()) << field;
  }
}

class LedgerPlanTest : public LedgerQueryTest {};
INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerPlanTest, ::testing::Values(store::Dialect::Sqlite));

TEST_P(LedgerPlanTest, PagesAreReadFromAnIndex) {
  fill();
  const auto plan = [&](std::initializer_list<QueryParameter> parameters,
                        std::span<const RowIdRange> at = {}) {
    const LedgerQuery query = parsed(parameters);
    const LedgerSql sql = ledger_sql(query, store::Dialect::Sqlite, RowPlan::ByNames, at);
    const std::string explained = "EXPLAIN QUERY PLAN " + sql.sql;
    std::string out;
    must((*db_).read_now([&](store::Connection& connection) {
      return connection.query(store::Statement{"plan", explained}, sql.params,
                              [&](const store::Row& row) {
                                out += row.str(3) + "; ";
                                return true;
                              });
    }));
    return out;
  };
  const std::string cursor = encode_cursor(std::vector<std::string>{"1", "r", "1"});
  EXPECT_EQ(plan({{"cursor", cursor}}),
            "SEARCH r USING INTEGER PRIMARY KEY (rowid<?); "
            "SEARCH n USING INTEGER PRIMARY KEY (rowid=?); ");
  for (const auto& filter : {QueryParameter{"project", "shop"}, QueryParameter{"key", "k1"},
                             QueryParameter{"model", "m"}, QueryParameter{"state", "settled"}}) {
    const std::string found = plan({filter, {"cursor", cursor}, {"from", "5"}});
    EXPECT_NE(found.find("SEARCH x USING COVERING INDEX ledger_rows_by_names (names_no=? AND "
                         "rowid>? AND rowid<?)"),
              std::string::npos)
        << found;
    EXPECT_NE(found.find("SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"), std::string::npos)
        << found;
    EXPECT_EQ(found.find("SCAN r"), std::string::npos) << found;
  }
  EXPECT_NE(plan({{"request_id", "r"}}).find("ledger_rows_by_request (request_id=?)"),
            std::string::npos);
  const RowIdRange places[] = {{1, 5}, {9, 12}};
  for (const std::string& found : {plan({{"trace_id", "t"}, {"project", "shop"}}, places),
                                   plan({{"trace_id", "t"}, {"group_by", "model"}}, places)}) {
    EXPECT_NE(found.find("SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"), std::string::npos)
        << found;
    EXPECT_NE(found.find("SEARCH ledger_rows USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
              std::string::npos)
        << found;
  }
  EXPECT_NE(plan({{"group_by", "day"}, {"from", "2026-11-01"}}).find("PRIMARY KEY (hour>?)"),
            std::string::npos);
  EXPECT_NE(plan({{"group_by", "day"}, {"project", "shop"}, {"from", "2026-11-01"}})
                .find("ledger_hours_by_project"),
            std::string::npos);
}

}  // namespace
}  // namespace tandem::cost
