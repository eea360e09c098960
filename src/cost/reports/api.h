// /api/tandem/v1: the reports for the people who pass costs on: statements, forecast,
// reconciliation. Thin handlers; all of them read in the database's readers. A key sees its own
// project's.
#pragma once

#include <functional>

#include "base/clock.h"
#include "net/route.h"
#include "store/db.h"

namespace tandem::cost {

struct ReportApi {  // outlives the routes
  store::Db& db;
  std::function<WallUs()> now = wall_now_us;
};

net::Routes report_routes(const ReportApi& api);

}  // namespace tandem::cost
