// One page of a list that is kept in memory, sorted by name: limit, cursor (the last name of the
// page before), order (name or -name) and filter (field = "value", joined by and). Pure.
//   CO_TRY(const ListPage page, read_list_page(parameters, kFields));
//   write_list(items, page, field_of, write_item)   // {"data":[…],"next_cursor":…}
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "base/result.h"
#include "identity/requests.h"

namespace tandem::gateway {

struct ListPage {
  int64_t limit = identity::kDefaultPage;
  std::string after;  // empty: from the beginning
  bool descending = false;
  std::map<std::string, std::string> equal;
};

// Errors name the parameter. `fields`: what the filter may name.
Result<ListPage> read_list_page(const identity::ListParameters& parameters,
                                std::span<const std::string_view> fields);

// The indices of the page's items among `names` (sorted), and where it goes on; `matches(i)` says
// whether the filter takes item i.
struct PageSlice {
  std::vector<size_t> items;
  bool more = false;
};
template <class Matches>
PageSlice slice_of(const std::vector<std::string>& names, const ListPage& page, Matches matches) {
  PageSlice slice;
  for (size_t step = 0; step < names.size(); ++step) {
    const size_t i = page.descending ? names.size() - 1 - step : step;
    const bool before =
        !page.after.empty() && (page.descending ? names[i] >= page.after : names[i] <= page.after);
    if (before || !matches(i)) continue;
    if (static_cast<int64_t>(slice.items.size()) == page.limit) {
      slice.more = true;
      break;
    }
    slice.items.push_back(i);
  }
  return slice;
}

// `items`: random access, sorted by field(item, "name"). write(json, item) writes one.
template <class Items, class Field, class Write>
std::string write_list(const Items& items, const ListPage& page, Field field, Write write) {
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const auto& item : items) names.push_back(field(item, "name"));
  const PageSlice slice = slice_of(names, page, [&](size_t i) {
    for (const auto& [name, value] : page.equal) {
      if (field(items[i], name) != value) return false;
    }
    return true;
  });
  std::string body;
  json::Writer json(body);
  json.object().key("data").array();
  for (const size_t i : slice.items) write(json, items[i]);
  json.end_array().key("next_cursor");
  json.string_or_null(slice.more ? names[slice.items.back()] : "").end_object();
  return body;
}

}  // namespace tandem::gateway
