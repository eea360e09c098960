#include "identity/views.h"

namespace tandem::identity {
namespace {

std::optional<config::Timestamp> timestamp_or_none(const std::optional<WallUs>& us) {
  return us ? std::optional(config::Timestamp{*us}) : std::nullopt;
}

}  // namespace

KeyView::KeyView(const Key& from, const std::vector<KeySpend>& spent)
    : KeySettings(from.settings),
      StampView(from.stamp),
      id(from.id),
      project(from.project),
      hint(from.hint),
      created_by(from.created_by),
      last_used_at(timestamp_or_none(from.last_used_us)) {
  for (const KeySpend& row : spent) {
    spend.push_back({row.period, row.limit_nano_usd, row.hard, row.settled_nano_usd,
                     row.reserved_nano_usd, row.left_nano_usd, timestamp_or_none(row.resets_us)});
  }
}

ProjectView::ProjectView(const Project& from)
    : StampView(from.stamp), id(from.id), description(from.description), declared_by(from.origin) {}

TeamView::TeamView(const Team& from)
    : StampView(from.stamp), id(from.id), project(from.project), name(from.settings.name) {}

UserView::UserView(const User& from)
    : StampView(from.stamp),
      id(from.id),
      project(from.project),
      name(from.settings.name),
      email(from.settings.email),
      role(from.settings.role),
      team(from.settings.team) {}

}  // namespace tandem::identity
