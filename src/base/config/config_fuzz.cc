// Any text as a configuration file, as a body and as a flag: nothing may crash, leak or run away,
// what reads must print to YAML and JSON that read back to the same value.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/load.h"
#include "base/config/secret.h"
#include "base/config/units.h"
#include "base/config/write.h"

namespace {

using namespace tandem;
using namespace tandem::config;

enum class Mode { One, Two };
constexpr EnumName<Mode> kModes[] = {{Mode::One, "one"}, {Mode::Two, "two"}};
constexpr auto enum_names(Mode) {
  return std::span(kModes);
}

struct Inner {
  uint8_t n = 1;
  std::optional<double> d;
  template <class V>
  static void describe(V& v) {
    v.field("n", &Inner::n, "").range(0, 100);
    v.field("d", &Inner::d, "").range(-1e9, 1e9);
    v.template short_form<uint8_t>("N", "", [](Inner& inner, uint8_t count) { inner.n = count; });
  }
};

struct Outer {
  std::string s;
  bool b = false;
  int64_t i = 0;
  Mode e = Mode::One;
  Json j;
  SecretRef k;
  Decimal c;
  std::optional<Timestamp> t;
  std::optional<Duration> u;
  std::vector<Inner> l;
  std::map<std::string, Inner> m;
  std::vector<std::vector<std::string>> ll;
  std::vector<Outer> o;
  template <class V>
  static void describe(V& v) {
    v.field("s", &Outer::s, "").at_most(1000);
    v.field("b", &Outer::b, "");
    v.field("i", &Outer::i, "");
    v.field("e", &Outer::e, "");
    v.field("j", &Outer::j, "");
    v.field("k", &Outer::k, "");
    v.field("c", &Outer::c, "");
    v.field("t", &Outer::t, "");
    v.field("u", &Outer::u, "");
    v.field("l", &Outer::l, "");
    v.field("m", &Outer::m, "");
    v.field("ll", &Outer::ll, "");
    v.field("o", &Outer::o, "");
  }
};

void must(bool holds, std::string_view shown) {
  if (holds) return;
  fprintf(stderr, "%.*s\n", static_cast<int>(shown.size()), shown.data());
  std::abort();
}

void check_round_trip(const Loaded<Outer>& loaded) {
  const std::string json = to_json(loaded.value);
  Layers again;
  const std::string yaml = print_yaml(loaded.value, loaded.origins);
  must(again.file("again", yaml).has_value(), yaml);
  const auto reread = load<Outer>(again);
  must(reread.has_value(), yaml);
  must(to_json(reread->value) == json, yaml);
  must(diff(loaded.value, reread->value).empty(), yaml);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Layers layers;
  if (layers.file("fuzz", text)) {
    if (const auto loaded = load<Outer>(layers)) check_round_trip(*loaded);
  }
  if (const auto body = read_body<Outer>(text)) {
    const auto again = read_body<Outer>(to_json(*body));
    must(again && to_json(*again) == to_json(*body), to_json(*body));
  }
  Layers flags;
  const size_t cut = text.find('=');
  if (cut != std::string_view::npos) {
    if (flags.set(text.substr(0, cut), text.substr(cut + 1), {From::Flag, "f"})) {
      (void)load<Outer>(flags);
    }
  }
  return 0;
}
