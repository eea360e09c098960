#include "net/router.h"

#include <algorithm>
#include <set>

#include "net/http/url.h"

namespace tandem::net {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

std::string allowed_hint(const std::vector<std::string_view>& methods) {
  std::string hint = "Use ";
  for (size_t i = 0; i < methods.size(); ++i) {
    if (i > 0) hint += i + 1 == methods.size() ? " or " : ", ";
    hint += methods[i];
  }
  return hint + ".";
}

}  // namespace

std::string_view method_name(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Post:
      return "POST";
    case Method::Put:
      return "PUT";
    case Method::Patch:
      return "PATCH";
    case Method::Delete:
      return "DELETE";
  }
  return "GET";
}

std::string Permission::name() const {
  switch (access) {
    case Access::Public:
      return "public";
    case Access::Call:
      return noun + ":call";
    case Access::Read:
      return noun + ":read";
    case Access::Write:
      return noun + ":write";
    case Access::Admin:
      return noun + ":admin";
  }
  return "public";
}

Result<Router> Router::build(Routes routes) {
  Router router;
  std::set<std::string> seen;
  for (const Route& route : routes) {
    const std::string key = std::string(method_name(route.method)) + " " + route.pattern;
    if (!seen.insert(key).second) return fail(Code::Internal, "Two routes are " + key + ".");
    if (!route.handler == !route.stream_handler) {
      return fail(Code::Internal, key + " needs exactly one handler.");
    }
  }
  router.routes_ = std::move(routes);
  for (size_t i = 0; i < router.routes_.size(); ++i) {
    const std::string& pattern = router.routes_[i].pattern;
    if (pattern.find('{') == std::string::npos) {
      router.literal_[pattern].push_back(i);
      continue;
    }
    Pattern compiled{{}, i};
    for (std::string_view text : split(pattern)) {
      Segment segment;
      segment.parameter = text.front() == '{';
      if (segment.parameter) {
        const size_t end = text.find('}') + 1;
        segment.suffix = text.substr(end);
        text = text.substr(0, end);
      }
      segment.rest = segment.parameter && text[text.size() - 2] == '*';
      segment.text = segment.rest        ? text.substr(1, text.size() - 3)
                     : segment.parameter ? text.substr(1, text.size() - 2)
                                         : text;
      compiled.segments.push_back(std::move(segment));
    }
    router.patterns_.push_back(std::move(compiled));
  }
  return router;
}

bool Router::match(const Pattern& pattern, const std::vector<std::string_view>& segments,
                   PathParams& params) const {
  params.clear();
  const bool rest = pattern.segments.back().rest;
  const size_t fixed = pattern.segments.size() - (rest ? 1 : 0);
  if (rest ? segments.size() < fixed : segments.size() != fixed) return false;
  for (size_t i = 0; i < fixed; ++i) {
    const Segment& expected = pattern.segments[i];
    if (!expected.parameter) {
      if (segments[i] != expected.text) return false;
      continue;
    }
    auto value = percent_decode(segments[i], false);
    if (!value || !value->ends_with(expected.suffix)) return false;
    value->resize(value->size() - expected.suffix.size());
    if (value->empty()) return false;
    params.emplace_back(expected.text, *std::move(value));
  }
  if (rest) {
    std::string joined;
    for (size_t i = fixed; i < segments.size(); ++i) {
      const auto part = percent_decode(segments[i], false);
      if (!part) return false;
      joined += (i > fixed ? "/" : "") + *part;
    }
    params.emplace_back(pattern.segments.back().text, std::move(joined));
  }
  return true;
}

Result<const Route*> Router::find(std::string_view method, std::string_view path,
                                  PathParams& params) const {
  params.clear();
  std::vector<std::string_view> allowed;
  const bool head = method == "HEAD";
  const auto fits = [&](const Route& route) {
    if (method_name(route.method) == method || (head && route.method == Method::Get)) return true;
    allowed.push_back(method_name(route.method));
    return false;
  };
  thread_local std::string key;  // the map wants a string; no allocation after the first requests
  key.assign(path);
  if (const auto found = literal_.find(key); found != literal_.end()) {
    for (size_t index : found->second) {
      if (fits(routes_[index])) return &routes_[index];
    }
  }
  const std::vector<std::string_view> segments = split(path);
  for (const Pattern& pattern : patterns_) {
    if (match(pattern, segments, params) && fits(routes_[pattern.route])) {
      return &routes_[pattern.route];
    }
  }
  params.clear();
  if (!allowed.empty()) {
    return fail(Code::MethodNotAllowed,
                std::string(method.substr(0, 16)) + " is not possible on " +
                    std::string(path.substr(0, 200)) + ".",
                allowed_hint(allowed));
  }
  return fail(Code::NotFound, "There is nothing at " + std::string(path.substr(0, 200)) + ".",
              "GET /openapi.json lists every path.");
}

std::string Router::allowed(std::string_view path) const {
  std::string methods;
  for (const Method method :
       {Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete}) {
    PathParams params;
    if (find(method_name(method), path, params)) {
      methods += (methods.empty() ? "" : ", ") + std::string(method_name(method));
    }
  }
  return methods;
}

Surface Router::surface_of(std::string_view path) const {
  if (path.rfind("/api/tandem/", 0) == 0) return Surface::Tandem;
  if (path.rfind("/v2", 0) == 0) return Surface::OpenInference;
  if (path.rfind("/api/2.0/", 0) == 0 || path.rfind("/api/3.0/", 0) == 0) return Surface::Mlflow;
  if (path.rfind("/v1/messages", 0) == 0) return Surface::Anthropic;
  if (path.rfind("/v1beta/", 0) == 0) return Surface::Google;
  if (path.rfind("/v1/", 0) == 0) return Surface::OpenAi;
  return Surface::Tandem;
}

}  // namespace tandem::net
