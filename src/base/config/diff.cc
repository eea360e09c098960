#include <algorithm>

#include "base/config/write.h"

namespace tandem::config {
namespace {

std::string json_of(const Type& type, const void* value) {
  std::string out;
  json::Writer writer(out);
  write_json(writer, type, value);
  return out;
}

class Comparer {
 public:
  std::vector<Change> changes;

  void compare(const Type& type, const void* before, const void* after) {
    switch (type.kind()) {
      case Kind::Optional:
        return optional(static_cast<const OptionalType&>(type), before, after);
      case Kind::List:
        return list(static_cast<const ListType&>(type), before, after);
      case Kind::Map:
        return map(static_cast<const MapType&>(type), before, after);
      case Kind::Struct:
        for (const Field& field : static_cast<const StructType&>(type).fields()) {
          const size_t length = path_.size();
          append_key(path_, field.name);
          compare(*field.type, field.get(before), field.get(after));
          path_.resize(length);
        }
        return;
      default: {
        std::string old_json = json_of(type, before);
        std::string new_json = json_of(type, after);
        if (old_json != new_json) add(std::move(old_json), std::move(new_json));
      }
    }
  }

 private:
  void add(std::string before, std::string after) {
    changes.push_back({path_, std::move(before), std::move(after)});
  }

  // Either side may be null: absent there.
  void sides(const Type& type, const void* before, const void* after) {
    if (before && after) return compare(type, before, after);
    if (before || after) {
      add(before ? json_of(type, before) : std::string(),
          after ? json_of(type, after) : std::string());
    }
  }

  void optional(const OptionalType& type, const void* before, const void* after) {
    sides(type.item(), type.get(before), type.get(after));
  }

  void list(const ListType& type, const void* before, const void* after) {
    const size_t old_size = type.size(before);
    const size_t new_size = type.size(after);
    for (size_t i = 0; i < std::max(old_size, new_size); ++i) {
      const size_t length = path_.size();
      append_index(path_, i);
      sides(type.item(), i < old_size ? type.at(before, i) : nullptr,
            i < new_size ? type.at(after, i) : nullptr);
      path_.resize(length);
    }
  }

  void map(const MapType& type, const void* before, const void* after) {
    std::vector<std::string> keys = type.keys(before);
    for (std::string& key : type.keys(after)) keys.push_back(std::move(key));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const std::string& key : keys) {
      const size_t length = path_.size();
      append_key(path_, key);
      sides(type.item(), type.find(before, key), type.find(after, key));
      path_.resize(length);
    }
  }

  std::string path_;
};

}  // namespace

std::vector<Change> diff(const Type& type, const void* before, const void* after) {
  Comparer comparer;
  comparer.compare(type, before, after);
  return std::move(comparer.changes);
}

void write_changes(json::Writer& out, const std::vector<Change>& changes) {
  out.array();
  for (const Change& change : changes) {
    out.object().key("path").string(change.path);
    out.key("before").raw(change.before.empty() ? "null" : change.before);
    out.key("after").raw(change.after.empty() ? "null" : change.after);
    out.end_object();
  }
  out.end_array();
}

}  // namespace tandem::config
