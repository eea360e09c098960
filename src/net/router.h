// Router: finds the route of a method and path. Built once at start, then read by all io threads.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/route.h"

namespace tandem::net {

using PathParams = std::vector<std::pair<std::string_view, std::string>>;

class Router {
 public:
  // Fails where two routes have the same method and pattern, or a route no handler.
  static Result<Router> build(Routes routes);

  // The route of `method` and `path`, its path parameters decoded into `params`.
  // NotFound, or MethodNotAllowed with the allowed methods in the hint.
  Result<const Route*> find(std::string_view method, std::string_view path,
                            PathParams& params) const;
  // The methods that `path` takes, as the `allow` header of a 405 names them; empty for no path.
  std::string allowed(std::string_view path) const;
  const Routes& routes() const { return routes_; }
  // The protocol that errors under `path` are written in, for paths without a route.
  Surface surface_of(std::string_view path) const;

 private:
  struct Segment {
    std::string text;
    std::string suffix;  // of a parameter: ":generate" of "{model}:generate"
    bool parameter = false;
    bool rest = false;
  };
  struct Pattern {
    std::vector<Segment> segments;
    size_t route;
  };
  bool match(const Pattern& pattern, const std::vector<std::string_view>& segments,
             PathParams& params) const;

  Routes routes_;
  std::unordered_map<std::string, std::vector<size_t>> literal_;  // path → routes by method
  std::vector<Pattern> patterns_;
};

}  // namespace tandem::net
