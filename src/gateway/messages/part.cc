#include "gateway/messages/part.h"

namespace tandem::gateway::messages {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::System:
      return "system";
    case Role::Developer:
      return "developer";
    case Role::User:
      return "user";
    case Role::Assistant:
      return "assistant";
    case Role::Tool:
      return "tool";
  }
  return "user";
}

Part text_part(std::string text) {
  Part part;
  part.text = std::move(text);
  return part;
}

const Extra* find_extra(const Extras& extras, std::string_view name) {
  for (const Extra& extra : extras) {
    if (extra.name == name) return &extra;
  }
  return nullptr;
}

}  // namespace tandem::gateway::messages
