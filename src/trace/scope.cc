#include "trace/scope.h"

#include <algorithm>

namespace tandem::trace {
namespace {

constexpr store::Statement kOne{"trace_projects.one",
                                "SELECT no, project FROM trace_projects WHERE project = ?"};
constexpr store::Statement kAll{"trace_projects.all",
                                "SELECT no, project FROM trace_projects ORDER BY no"};

NumberedProject numbered(const store::Row& row) {
  return {row.integer(0), ProjectId(row.text(1))};
}

}  // namespace

Result<std::vector<NumberedProject>> projects_in(store::Connection& connection,
                                                 const Scope& scope) {
  if (!scope.is_every()) return connection.list(kOne, {scope.project().view()}, numbered);
  TRY(std::vector<NumberedProject> all, connection.list(kAll, {}, numbered));
  std::stable_partition(all.begin(), all.end(), [&scope](const NumberedProject& project) {
    return project.id == scope.project();
  });
  return all;
}

}  // namespace tandem::trace
