// What requests to lists and writes have in common: paging, order, filter, If-Match and
// Idempotency-Key. Pure; every text is checked here and its errors name the parameter.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace tandem::identity {

inline constexpr int64_t kDefaultPage = 50;
inline constexpr int64_t kLargestPage = 1000;

enum class Order : uint8_t { NewestFirst, OldestFirst };

// The last row of the page before.
struct Cursor {
  WallUs created_us = 0;
  std::string id;
};

struct ListRequest {
  int64_t limit = kDefaultPage;
  std::optional<Cursor> after;
  Order order = Order::NewestFirst;
  std::map<std::string, std::string> equal;  // field = value, of the filter
};

// The parameters as they came; nullopt: absent.
struct ListParameters {
  std::optional<std::string> limit, cursor, order, filter;
};

// `fields`: what the filter may name. Terms are `field = "value"` (or a bare word), joined by and.
Result<ListRequest> read_list_request(const ListParameters& parameters,
                                      std::span<const std::string_view> fields);

std::string write_cursor(const Cursor& cursor);

template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
};

struct WriteOptions {
  std::optional<std::string> idempotency_key;
  std::optional<int64_t> if_match;  // the version that the caller knows
};

// Headers as they came; empty: absent.
Result<WriteOptions> read_write_options(std::string_view idempotency_key,
                                        std::string_view if_match);

}  // namespace tandem::identity
