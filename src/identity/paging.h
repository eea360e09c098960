// Makes a page of the rows that a store answered: one more than asked for says that more follow.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "identity/requests.h"

namespace tandem::identity {

template <class T>
Page<T> page_of(std::vector<T> rows, const ListRequest& request) {
  Page<T> page;
  if (rows.size() > static_cast<size_t>(request.limit)) {
    rows.resize(static_cast<size_t>(request.limit));
    page.next_cursor = write_cursor({rows.back().stamp.created_us, rows.back().id.str()});
  }
  page.items = std::move(rows);
  return page;
}

}  // namespace tandem::identity
