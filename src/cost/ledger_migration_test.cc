// A ledger of the schema before names had a table of their own must say the same afterwards.
#include <boost/json.hpp>

#include "cost/ledger_query.h"
#include "cost/testing/ledger_fixture.h"

namespace tandem::cost {
namespace {

using testing::kNoon;
using testing::must;

class LedgerMigrationTest : public ::testing::TestWithParam<store::Dialect> {
 protected:
  void script(const std::string& sql) {
    must((*db_).write_now([&](store::Connection& c) {
      return c.script(store::Statement{"test", sql});
    }));
  }
  boost::json::array read(std::initializer_list<QueryParameter> parameters) {
    const LedgerQuery query = must(parse_ledger_query({parameters.begin(), parameters.size()}));
    const std::string json =
        must((*db_).read_now([&](store::Connection& c) { return read_ledger_json(c, query); }));
    return boost::json::parse(json).at("data").as_array();
  }
  store::testing::TestDb db_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Both, LedgerMigrationTest, store::testing::both_databases(),
                         store::testing::dialect_name);

// `image_count` stands for the values that most rows do not have.
std::string old_row(const std::string& request, int attempt, const std::string& key,
                    const std::string& model, WallUs started_us, int64_t cost, int image_count) {
  const std::string start = std::to_string(started_us);
  return "INSERT INTO ledger VALUES ('" + request + "', " + std::to_string(attempt) +
         ", '4bf92f3577b34da6a3ce929d0e0e4736', 'shop', '" + key + "', '', 'support', 'chat', " +
         "'acme', 'acme/" + model + "', '" + model + "', 'chat', 'settled', '', " + start + ", " +
         start + " + 7, " + std::to_string(2026 * 12 + 10) + ", 'prices', " + std::to_string(cost) +
         ", 99, 1, 11, 0, 0, 0, 0, 22, 0, 0, " + std::to_string(image_count) +
         ", 0, 0, 0, 3, 4, 5, 'modelled', 6, 7);";
}

TEST_P(LedgerMigrationTest, RowsOfTheWideTableStayWhatTheyWere) {
  const auto all = migrations();
  const auto before =
      std::find_if(all.begin(), all.end(), [](const auto& each) { return each.number == 4; });
  must(store::migrate(*db_, {all.begin(), before}));
  script(old_row("a", 1, "k1", "m", kNoon, 100, 0) + old_row("a", 2, "k1", "m", kNoon, 200, 5) +
         old_row("b", 1, "k2", "m", kNoon, 400, 0) +
         old_row("c", 1, "k1", "n", kNoon + 3'600'000'000, 800, 0));
  must(store::migrate(*db_, all));

  const boost::json::array rows = read({{"order", "asc"}});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1].at("id").as_string(), "a/2");
  EXPECT_EQ(rows[1].at("started_us").as_int64(), kNoon);
  EXPECT_EQ(rows[1].at("ended_us").as_int64(), kNoon + 7);
  EXPECT_EQ(rows[1].at("cost_nano_usd").as_int64(), 200);
  EXPECT_EQ(rows[1].at("images").as_int64(), 5);
  EXPECT_EQ(rows[1].at("target").as_string(), "acme/m");
  EXPECT_EQ(rows[1].at("energy_source").as_string(), "modelled");
  EXPECT_EQ(rows[3].at("model").as_string(), "n");
  EXPECT_TRUE(rows[3].at("price_id").is_null());
  EXPECT_EQ(rows[3].at("tier").as_string(), "standard");
  EXPECT_EQ(rows[3].at("co2e_ug").as_int64(), 0);
  EXPECT_EQ(read({{"request_id", "a"}}).size(), 2u);
  EXPECT_EQ(read({{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"}}).size(), 4u);
  EXPECT_EQ(read({{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4737"}}).size(), 0u);
  EXPECT_EQ(read({{"key", "k1"}}).size(), 3u);
  EXPECT_EQ(read({{"key", "k1"}, {"model", "m"}}).size(), 2u);
  EXPECT_EQ(read({{"to", "2026-11-24T12:30:00Z"}}).size(), 3u);
  const boost::json::array groups =
      read({{"group_by", "key"}, {"from", "2026-11-24T12:00:00.000001Z"}});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].at("cost_nano_usd").as_int64(), 800);
}

}  // namespace
}  // namespace tandem::cost
