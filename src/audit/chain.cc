#include "audit/chain.h"

#include <string_view>

namespace tandem::audit {
namespace {

constexpr char kVersion = 1;
constexpr char kLeafPrefix = 0x00;
constexpr char kLinkPrefix = 0x02;

void put_big_endian(std::string& out, uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift);
  }
}

void put_integer(std::string& out, int64_t value) {
  put_big_endian(out, static_cast<uint64_t>(value), 8);
}

void put_text(std::string& out, std::string_view text) {
  put_big_endian(out, text.size(), 4);
  out += text;
}

}  // namespace

std::string leaf_bytes(const StoredEvent& stored) {
  const Event& event = stored.event;
  std::string out(1, kVersion);
  put_integer(out, stored.seq);
  put_text(out, stored.id);
  put_integer(out, event.time_us);
  put_text(out, event.actor_key);
  put_text(out, event.actor_user);
  put_text(out, event.project);
  put_text(out, event.action);
  put_text(out, event.resource);
  put_text(out, stored.outcome);
  put_integer(out, event.status);
  put_text(out, event.request_id);
  put_text(out, event.trace_id);
  put_text(out, event.details);
  return out;
}

crypto::Digest hash_leaf(const StoredEvent& stored) {
  return crypto::sha256(std::string(1, kLeafPrefix) + leaf_bytes(stored));
}

crypto::Digest hash_link(const crypto::Digest& prev_hash, const crypto::Digest& leaf_hash) {
  std::string bytes(1, kLinkPrefix);
  bytes.append(reinterpret_cast<const char*>(prev_hash.data()), prev_hash.size());
  bytes.append(reinterpret_cast<const char*>(leaf_hash.data()), leaf_hash.size());
  return crypto::sha256(bytes);
}

}  // namespace tandem::audit
