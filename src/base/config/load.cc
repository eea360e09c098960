#include "base/config/load.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace tandem::config {
namespace {

struct File {
  int descriptor;
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

Failure unreadable(const std::string& path) {
  return fail(Code::InvalidArgument, fmt::format("{} cannot be read: {}.", path, strerror(errno)),
              "Check the path and its permissions.");
}

// The parts of "a.b["c.d"].e".
Result<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> parts;
  const auto wrong = [&] {
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is not the path of a key.", path),
                "Write it like endpoints.chat.retries.");
  };
  while (!path.empty()) {
    if (path.substr(0, 2) == "[\"") {
      const size_t end = path.find("\"]", 2);
      if (end == std::string_view::npos) return wrong();
      parts.emplace_back(path.substr(2, end - 2));
      path.remove_prefix(end + 2);
    } else {
      const size_t end = std::min(path.find_first_of(".["), path.size());
      if (end == 0) return wrong();
      parts.emplace_back(path.substr(0, end));
      path.remove_prefix(end);
    }
    if (!path.empty() && path[0] == '.') {
      path.remove_prefix(1);
      if (path.empty()) return wrong();
    }
  }
  if (parts.empty()) return wrong();
  return parts;
}

void place_all(Node& node, const Place& place) {
  node.place = place;
  for (Node::Key& key : node.keys) key.place = place;
  for (Node& item : node.items) place_all(item, place);
}

Node& child(Node& parent, const std::string& key, const Place& place) {
  if (parent.kind != Node::Kind::Map) {
    Node map;
    map.kind = Node::Kind::Map;
    map.place = place;
    parent = std::move(map);
  }
  for (size_t i = 0; i < parent.keys.size(); ++i) {
    if (parent.keys[i].text == key) return parent.items[i];
  }
  parent.keys.push_back({key, place});
  parent.items.emplace_back().place = place;
  return parent.items.back();
}

}  // namespace

Layers::Layers() {
  root_.kind = Node::Kind::Map;
}

Result<void> Layers::file(std::string_view name, std::string_view text) {
  TRY(root_, parse_config(text, name));
  return {};
}

Result<void> Layers::file_at(const std::string& path) {
  TRY(const std::string text, read_file(path, limits::kMaxConfigBytes));
  return file(path, text);
}

Result<void> Layers::set(std::string_view path, std::string_view value, Source source) {
  TRY(const auto parts, split_path(path));
  const auto shared = std::make_shared<const Source>(std::move(source));
  const Place place{shared, 1, 1};
  Node parsed;
  // What is no YAML (`[::1]:80`, a value that begins with `@`) is meant as text.
  if (auto yaml = parse_yaml(value, shared); yaml && yaml->kind != Node::Kind::Null) {
    parsed = *std::move(yaml);
  } else {
    parsed.kind = Node::Kind::Scalar;
    parsed.text = value;
  }
  place_all(parsed, place);
  Node* at = &root_;
  for (const std::string& part : parts) at = &child(*at, part, place);
  *at = std::move(parsed);
  return {};
}

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.descriptor < 0) return unreadable(path);
  std::string out;
  char buffer[16 * 1024];
  while (true) {
    const ssize_t count = ::read(file.descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path);
    if (count == 0) return out;
    out.append(buffer, static_cast<size_t>(count));
    if (out.size() > max_bytes) {
      return fail(Code::InvalidArgument,
                  fmt::format("{} is larger than {} bytes.", path, max_bytes));
    }
  }
}

}  // namespace tandem::config
