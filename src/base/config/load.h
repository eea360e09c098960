// The effective configuration: defaults, under a file, under the environment, under flags.
//   config::Layers layers;
//   TRY_VOID(layers.file("tandem.yaml", text));
//   TRY_VOID(layers.set("listen", "127.0.0.1:0", {config::From::Flag, "--listen"}));
//   TRY(auto loaded, config::load<Settings>(layers));
//   std::cout-like: config::print_yaml(loaded.value, loaded.origins)
// One thread; a reload makes new Layers.
#pragma once

#include <string>
#include <string_view>

#include "base/config/read.h"

namespace tandem::config {

class Layers {
 public:
  Layers();

  // The text of the configuration file. At most one, and before set().
  Result<void> file(std::string_view name, std::string_view text);
  // Reads the file at `path`; its errors name the path.
  Result<void> file_at(const std::string& path);
  // One value from a flag or an environment variable, over what is there. `path` as in errors:
  // "endpoints.chat.retries"; `value` is YAML ("8", "{max: 2}"). No list indices.
  Result<void> set(std::string_view path, std::string_view value, Source source);

  const Node& root() const { return root_; }

 private:
  Node root_;
};

template <class T>
struct Loaded {
  T value;
  Origins origins;
};

template <class T>
Result<Loaded<T>> load(const Layers& layers, T defaults = T{}) {
  Loaded<T> out{std::move(defaults), {}};
  Errors errors;
  read(layers.root(), type_of<T>(), &out.value, errors, &out.origins);
  TRY_VOID(errors.result());
  return out;
}

// A file's text; errors name the path. `max_bytes` bounds memory.
Result<std::string> read_file(const std::string& path, size_t max_bytes);

}  // namespace tandem::config
