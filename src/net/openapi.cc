#include "net/openapi.h"

#include <map>

#include "base/error/error_table.h"
#include "base/json/writer.h"
#include "base/text/encode.h"

namespace tandem::net {
namespace {

std::string operation_id(const Route& route) {
  std::string id = text::to_ascii_lower(method_name(route.method));
  for (char c : route.pattern) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word)
      id += c;
    else if (id.back() != '_')
      id += '_';
  }
  while (id.back() == '_') id.pop_back();
  return id;
}

// {rest*} is ours; OpenAPI knows {rest}.
std::string open_api_path(const std::string& pattern) {
  std::string path;
  for (char c : pattern) {
    if (c != '*') path += c;
  }
  return path;
}

std::string_view place(ParameterDoc::In in) {
  switch (in) {
    case ParameterDoc::In::Path:
      return "path";
    case ParameterDoc::In::Query:
      return "query";
    case ParameterDoc::In::Header:
      return "header";
  }
  return "query";
}

void write_parameter(json::Writer& json, const ParameterDoc& parameter) {
  json.object().key("name").string(parameter.name).key("in").string(place(parameter.in));
  json.key("required").boolean(parameter.required || parameter.in == ParameterDoc::In::Path);
  if (!parameter.description.empty()) json.key("description").string(parameter.description);
  json.key("schema").object().key("type").string(parameter.type).end_object().end_object();
}

// Path parameters that nobody described still have to be declared.
std::vector<ParameterDoc> all_parameters(const Route& route) {
  std::vector<ParameterDoc> all = route.parameters;
  size_t at = 0;
  while ((at = route.pattern.find('{', at)) != std::string::npos) {
    const size_t end = route.pattern.find('}', at);
    std::string name = route.pattern.substr(at + 1, end - at - 1);
    if (name.back() == '*') name.pop_back();
    bool known = false;
    for (const ParameterDoc& parameter : route.parameters) {
      known = known || (parameter.in == ParameterDoc::In::Path && parameter.name == name);
    }
    if (!known) all.push_back({name, ParameterDoc::In::Path, "string", "", true});
    at = end;
  }
  return all;
}

void write_operation(json::Writer& json, const Route& route) {
  json.object().key("operationId").string(operation_id(route));
  if (!route.tag.empty()) json.key("tags").array().string(route.tag).end_array();
  json.key("summary").string(route.summary);
  if (!route.description.empty()) json.key("description").string(route.description);
  json.key("x-permission").string(route.permission.name());
  if (!route.audit_action.empty()) json.key("x-audit-action").string(route.audit_action);
  if (route.permission.access == Access::Public) json.key("security").array().end_array();
  const auto parameters = all_parameters(route);
  if (!parameters.empty()) {
    json.key("parameters").array();
    for (const ParameterDoc& parameter : parameters) write_parameter(json, parameter);
    json.end_array();
  }
  if (!route.request_schema.empty()) {
    json.key("requestBody").object().key("required").boolean(true).key("content").object();
    json.key("application/json").object().key("schema").raw(route.request_schema);
    json.end_object().end_object().end_object();
  }
  json.key("responses").object().key(std::to_string(route.success_status)).object();
  json.key("description").string("Success.");
  if (!route.response_schema.empty()) {
    json.key("content").object().key("application/json").object();
    json.key("schema").raw(route.response_schema).end_object().end_object();
  }
  json.end_object();
  json.key("default").object().key("$ref").string("#/components/responses/Error").end_object();
  json.end_object().end_object();
}

void write_error_schema(json::Writer& json) {
  json.key("Error").object().key("type").string("object").key("required").array();
  json.string("error").end_array().key("properties").object().key("error").object();
  json.key("type").string("object").key("properties").object();
  json.key("code").object().key("type").string("string").key("enum").array();
  for (const ErrorRow& row : error_table()) json.string(row.name);
  json.end_array().end_object();
  for (const char* field : {"message", "hint", "trace_id"}) {
    json.key(field).object().key("type").string("string").end_object();
  }
  json.key("param").object().key("type").array().string("string").string("null").end_array();
  json.end_object().end_object().end_object().end_object().end_object();
}

}  // namespace

std::string openapi_json(const Routes& routes, std::string_view version) {
  std::map<std::string, std::map<std::string, const Route*>> paths;
  for (const Route& route : routes) {
    if (route.hidden) continue;
    paths[open_api_path(route.pattern)][text::to_ascii_lower(method_name(route.method))] = &route;
  }
  std::string out;
  json::Writer json(out);
  json.object().key("openapi").string("3.1.0").key("info").object();
  json.key("title").string("Tandem").key("version").string(version);
  json.key("description").string("Predictive and generative models behind one governed server.");
  json.end_object();
  json.key("security").array().object().key("key").array().end_array().end_object().end_array();
  json.key("paths").object();
  for (const auto& [path, methods] : paths) {
    json.key(path).object();
    for (const auto& [method, route] : methods) {
      json.key(method);
      write_operation(json, *route);
    }
    json.end_object();
  }
  json.end_object();
  json.key("components").object().key("securitySchemes").object().key("key").object();
  json.key("type").string("http").key("scheme").string("bearer");
  json.key("description").string("A service key, tk-….").end_object().end_object();
  json.key("responses").object().key("Error").object();
  json.key("description").string("The error table of docs/reference/errors.md.");
  json.key("content").object().key("application/json").object().key("schema").object();
  json.key("$ref").string("#/components/schemas/Error").end_object().end_object().end_object();
  json.end_object().end_object();
  json.key("schemas").object();
  write_error_schema(json);
  json.end_object().end_object().end_object();
  return out;
}

}  // namespace tandem::net
