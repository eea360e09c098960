// PriceService: which prices are configured, by file and by API, and the PriceBook made from them.
// What the file declares is read-only here. Blocking: every method but the readers runs on the
// admin pool (one thread, so changes follow each other) or at start; readers run on any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/snapshot.h"
#include "base/clock.h"
#include "base/config/write.h"
#include "cost/config.h"
#include "cost/prices.h"
#include "store/db.h"

namespace tandem::cost {

enum class DeclaredBy : uint8_t { Builtin, File, Api };
std::string_view declared_by_name(DeclaredBy by);

// A condition of a change: the version that If-Match names, and whether to try it only.
struct Expected {
  std::optional<int64_t> version;
  bool dry_run = false;
};

struct ListedPrice {
  std::string model;
  PriceConfig config;
  DeclaredBy declared_by = DeclaredBy::Builtin;
  int64_t version = 1;
  WallUs created_us = 0;
  WallUs updated_us = 0;
  PriceSchedule schedule = {};  // of `config`, each entry with its id
};
using ListedPrices = std::map<std::string, ListedPrice, std::less<>>;

struct AppliedPrice {
  ListedPrice price;
  bool created = false;
  std::vector<config::Change> changes;
};

class PriceService {
 public:
  // Both outlive the service.
  PriceService(store::Db& db, PriceBook& book) : db_(db), book_(book) {}

  // At start and on reload of the file.
  Result<void> load(const PriceConfigs& file, WallUs now_us);

  Result<AppliedPrice> put(const std::string& model, const PriceConfig& config, Expected expected,
                           WallUs now_us);
  Result<void> remove(const std::string& model, Expected expected);

  // Which of the listed prices a call of `model` would be settled at; null: none. `list` is list().
  const ListedPrice* find(const ListedPrices& list, std::string_view model, WallUs at_us) const;

  // What is in force, built-in prices that nobody overrides included.
  std::shared_ptr<const ListedPrices> list() const { return listed_.get(); }

 private:
  void publish(ListedPrices configured);
  // Stores what each entry says, so that rows settled at it can be explained for ever.
  Result<void> keep_entries(const ListedPrices& prices, WallUs now_us);

  store::Db& db_;
  PriceBook& book_;
  ListedPrices configured_;  // file and API
  Snapshot<ListedPrices> listed_{std::make_shared<const ListedPrices>()};
};

}  // namespace tandem::cost
