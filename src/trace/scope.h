// Scope: which projects a query may see. Every query of this folder takes one; there is no default.
#pragma once

#include "base/ids.h"
#include "store/db.h"

#include <utility>
#include <vector>

namespace tandem::trace {

class Scope {
 public:
  // What one project holds.
  static Scope of(ProjectId project) { return Scope(project, false); }
  // All of them, for the server's admin; `preferred` is looked at first.
  static Scope every(ProjectId preferred) { return Scope(preferred, true); }

  const ProjectId& project() const { return project_; }
  bool is_every() const { return every_; }

 private:
  Scope(ProjectId project, bool every) : project_(project), every_(every) {}
  ProjectId project_;
  bool every_;
};

// The projects of `scope` that have traces in this file: number and id, the preferred first.
struct NumberedProject {
  int64_t no = 0;
  ProjectId id;
};
Result<std::vector<NumberedProject>> projects_in(store::Connection& connection, const Scope& scope);

}  // namespace tandem::trace
