#include <array>
#include <string_view>

#include "guard/rule.h"

namespace tandem::guard {
namespace {

using Table = std::array<bool, 256>;

constexpr std::string_view kAlnum =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

constexpr Table with(Table table, std::string_view extra) {
  for (const char c : extra) table[static_cast<unsigned char>(c)] = true;
  return table;
}

// Everything printable that neither ends a value nor opens a call; bytes of other alphabets are
// part of a password, so that no character is ever cut.
constexpr Table value_table() {
  Table table{};
  for (size_t i = 0x21; i < 256; ++i) table[i] = i != 0x7F;
  for (const char c : std::string_view("\"'`,;<>()[]{}|\\")) {
    table[static_cast<unsigned char>(c)] = false;
  }
  return table;
}

constexpr std::array<Table, static_cast<size_t>(Body::kCount)> make_tables() {
  std::array<Table, static_cast<size_t>(Body::kCount)> all{};
  const auto set = [&](Body body, Table table) { all[static_cast<size_t>(body)] = table; };
  const Table alnum = with({}, kAlnum);
  const Table word = with(alnum, "_-");
  const Table base64 = with(word, "+/=");
  set(Body::Alnum, alnum);
  set(Body::Word, word);
  set(Body::WordDot, with(word, "."));
  set(Body::WordTilde, with(word, ".~"));
  set(Body::WordEqual, with(word, "="));
  set(Body::Base64, base64);
  set(Body::Encoded, with(base64, "%"));
  set(Body::Path, with(base64, ".~:@%&?"));
  set(Body::Hash, with(base64, ".$,*:@"));
  set(Body::Value, value_table());
  set(Body::Lines, with(alnum, "+/=\r\n"));
  return all;
}

}  // namespace

constexpr std::array<std::array<bool, 256>, static_cast<size_t>(Body::kCount)> kBodyTables =
    make_tables();

}  // namespace tandem::guard
