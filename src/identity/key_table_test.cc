#include "identity/key_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tandem::identity {
namespace {

KeyHash hash_of(int n) {
  return crypto::sha256("key " + std::to_string(n));
}
KeyId id_of(int n) {
  return KeyId("key_" + std::to_string(n));
}

KeyTable::Change valid(int n, int64_t sequence, std::string name = "k") {
  KeyEntry entry;
  entry.hash = hash_of(n);
  entry.principal.key = id_of(n);
  entry.principal.key_name = std::move(name);
  return {id_of(n), sequence, std::move(entry)};
}
KeyTable::Change revoked(int n, int64_t sequence) {
  return {id_of(n), sequence, std::nullopt};
}

TEST(KeyTable, FindsWhatIsThereAndNothingElse) {
  KeyTable table;
  EXPECT_EQ(table.find(hash_of(1)), nullptr);
  std::vector<KeyTable::Change> changes;
  for (int n = 0; n < 5000; ++n) changes.push_back(valid(n, n));
  table.apply(std::move(changes));
  EXPECT_EQ(table.size(), 5000u);
  for (int n = 0; n < 5000; ++n) {
    const auto entry = table.find(hash_of(n));
    ASSERT_TRUE(entry) << n;
    EXPECT_EQ(entry->principal.key, id_of(n));
  }
  for (int n = 5000; n < 6000; ++n) EXPECT_EQ(table.find(hash_of(n)), nullptr);
}

TEST(KeyTable, ARevokedKeyIsGoneButWhoHoldsItsEntryKeepsIt) {
  KeyTable table;
  table.apply({valid(1, 1), valid(2, 2)});
  const auto held = table.find(hash_of(1));
  table.apply({revoked(1, 3)});
  EXPECT_EQ(table.find(hash_of(1)), nullptr);
  EXPECT_NE(table.find(hash_of(2)), nullptr);
  EXPECT_EQ(held->principal.key, id_of(1));
}

TEST(KeyTable, AnOlderChangeNeverUndoesANewerOne) {
  KeyTable table;
  table.apply({valid(1, 1, "first")});
  table.apply({revoked(1, 5)});
  table.apply({valid(1, 4, "late")});  // read before the revocation, arrives after it
  EXPECT_EQ(table.find(hash_of(1)), nullptr);
  table.apply({valid(2, 9, "new"), valid(2, 8, "old")});
  EXPECT_EQ(table.find(hash_of(2))->principal.key_name, "new");
}

TEST(KeyTable, UseIsRememberedAcrossChangesAndTakenOnce) {
  KeyTable table;
  table.apply({valid(1, 1), valid(2, 1)});
  table.find(hash_of(1))->use->touch(5'000'000);
  table.find(hash_of(1))->use->touch(5'100'000);  // within a second: not written
  table.apply({valid(1, 2, "renamed")});
  const auto used = table.take_used();
  ASSERT_EQ(used.size(), 1u);
  EXPECT_EQ(used[0].first, id_of(1));
  EXPECT_EQ(used[0].second, 5'000'000);
  EXPECT_TRUE(table.take_used().empty());
}

TEST(KeyTable, ReadersSeeAChangeAsSoonAsItIsApplied) {
  KeyTable table;
  table.apply({valid(0, 1)});
  std::atomic<int> newest{0};
  std::atomic<bool> stop{false};
  std::atomic<int> missing{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const int n = newest.load(std::memory_order_acquire);
        if (!table.find(hash_of(n))) ++missing;
        if (n > 0 && table.find(hash_of(-n))) ++missing;  // revoked before n was announced
      }
    });
  }
  for (int n = 1; n <= 300; ++n) {
    table.apply({valid(n, n + 1), valid(-n, n + 1)});
    table.apply({revoked(-n, n + 2)});
    newest.store(n, std::memory_order_release);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(missing, 0);
}

}  // namespace
}  // namespace tandem::identity
