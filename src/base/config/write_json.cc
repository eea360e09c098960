#include "base/config/write.h"

namespace tandem::config {
namespace {

void write_scalar(json::Writer& out, const ScalarType& type, const void* value) {
  if (type.absent(value)) {
    out.null();
    return;
  }
  const std::string text = type.print(value);
  if (type.quoted()) {
    out.string(text);
  } else if (text == "inf" || text == "-inf" || text == "nan" || text == "-nan") {
    out.null();
  } else {
    out.raw(text);
  }
}

}  // namespace

void write_json_members(json::Writer& out, const StructType& type, const void* value) {
  for (const Field& field : type.fields()) {
    out.key(field.name);
    write_json(out, *field.type, field.get(value));
  }
}

void write_json(json::Writer& out, const Type& type, const void* value) {
  switch (type.kind()) {
    case Kind::Any:
      out.raw(static_cast<const AnyType&>(type).json(value));
      return;
    case Kind::Optional: {
      const auto& optional = static_cast<const OptionalType&>(type);
      const void* item = optional.get(value);
      item ? write_json(out, optional.item(), item) : static_cast<void>(out.null());
      return;
    }
    case Kind::List: {
      const auto& list = static_cast<const ListType&>(type);
      out.array();
      for (size_t i = 0; i < list.size(value); ++i) write_json(out, list.item(), list.at(value, i));
      out.end_array();
      return;
    }
    case Kind::Map: {
      const auto& map = static_cast<const MapType&>(type);
      out.object();
      for (const std::string& key : map.keys(value)) {
        out.key(key);
        write_json(out, map.item(), map.find(value, key));
      }
      out.end_object();
      return;
    }
    case Kind::Struct:
      out.object();
      write_json_members(out, static_cast<const StructType&>(type), value);
      out.end_object();
      return;
    default:
      write_scalar(out, static_cast<const ScalarType&>(type), value);
  }
}

}  // namespace tandem::config
