#include "trace/codec.h"

#include <bit>

#include "trace/wire.h"

namespace tandem::trace {
namespace {

using wire::Field;
using wire::FieldReader;
using wire::FieldWriter;

constexpr char kVersion = 1;

// Tags are stored: never change or reuse one.
namespace head_tag {
enum : uint32_t {
  Id = 1,
  Parent,
  Kind,
  Status,
  Start,
  Duration,
  Input,
  Cached,
  CacheWrite,
  Output,
  Reasoning,
  HasUsage,
  Cost
};
}
namespace tag {
enum : uint32_t {
  Origin = 1,
  ContentState,
  Name,
  OtelKind,
  StatusMessage,
  FirstToken,
  Operation,
  Provider,
  RequestModel,
  ResponseModel,
  ResponseId,
  Parameters,
  InputMessage,
  OutputMessage,
  ToolDefinition,
  Input,
  Output,
  CostSource,
  Tool,
  Document,
  Prompt,
  Exception,
  Event,
  Link,
  Session,
  User,
  Attributes,
  Resource,
  ScopeName,
  ScopeVersion,
  Tag,
  Metadata,
  Environment,
  Release,
};
}
namespace message_tag {
enum : uint32_t { Role = 1, Part, FinishReason };
}
namespace part_tag {
enum : uint32_t { Type = 1, Content, Id, Name, Value, Reference, Modality, MimeType };
}

// Four short texts: enough for definitions, tools, documents, prompts, exceptions, events, links.
void encode_texts(FieldWriter& out, std::initializer_list<std::string_view> texts) {
  uint32_t number = 1;
  for (const std::string_view text : texts) out.text(number++, text);
}

constexpr uint32_t kNumber = 9;  // the number beside the texts: a score, a time

void encode_messages(FieldWriter& out, uint32_t field, const std::vector<Message>& messages) {
  for (const Message& message : messages) {
    out.nested(field, [&message](FieldWriter& inner) {
      inner.text(message_tag::Role, message.role);
      for (const Part& part : message.parts) {
        inner.nested(message_tag::Part, [&part](FieldWriter& fields) {
          fields.number_unless_zero(part_tag::Type, static_cast<int64_t>(part.type));
          fields.text(part_tag::Content, part.content);
          fields.text(part_tag::Id, part.id);
          fields.text(part_tag::Name, part.name);
          fields.text(part_tag::Value, part.value.text);
          fields.text(part_tag::Reference, part.reference);
          fields.text(part_tag::Modality, part.modality);
          fields.text(part_tag::MimeType, part.mime_type);
        });
      }
      inner.text(message_tag::FinishReason, message.finish_reason);
    });
  }
}

std::string_view id_bytes(const auto& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

void encode_lists(FieldWriter& out, const Span& span) {
  for (const ToolDefinition& tool : span.tool_definitions) {
    out.nested(tag::ToolDefinition, [&tool](FieldWriter& inner) {
      encode_texts(inner, {tool.name, tool.description, tool.parameters.text});
    });
  }
  for (const Document& document : span.documents) {
    out.nested(tag::Document, [&document](FieldWriter& inner) {
      encode_texts(inner, {document.id, document.content, document.metadata.text});
      if (document.score) inner.number(kNumber, std::bit_cast<int64_t>(*document.score));
    });
  }
  for (const Event& event : span.events) {
    out.nested(tag::Event, [&event](FieldWriter& inner) {
      encode_texts(inner, {event.name, event.attributes.text});
      inner.number(kNumber, event.time_us);
    });
  }
  for (const Link& link : span.links) {
    out.nested(tag::Link, [&link](FieldWriter& inner) {
      encode_texts(inner, {id_bytes(link.trace_id), id_bytes(link.span_id), link.attributes.text});
    });
  }
}

void encode_optional(FieldWriter& out, const Span& span) {
  if (span.time_to_first_token_us) out.number(tag::FirstToken, *span.time_to_first_token_us);
  if (const auto& tool = span.tool) {
    out.nested(tag::Tool, [&tool](FieldWriter& inner) {
      encode_texts(inner, {tool->name, tool->call_id, tool->arguments.text, tool->result.text});
    });
  }
  if (const auto& prompt = span.prompt) {
    out.nested(tag::Prompt, [&prompt](FieldWriter& inner) {
      encode_texts(inner, {prompt->name, prompt->version});
    });
  }
  if (const auto& exception = span.exception) {
    out.nested(tag::Exception, [&exception](FieldWriter& inner) {
      encode_texts(inner, {exception->type, exception->message, exception->stacktrace});
    });
  }
}

// ---- reading

struct Texts {
  std::string text[4];
  std::optional<int64_t> number;
};

bool decode_texts(std::string_view bytes, Texts& out) {
  FieldReader reader(bytes);
  while (const auto field = reader.next()) {
    if (field->is_bytes && field->tag >= 1 && field->tag <= 4) {
      out.text[field->tag - 1] = field->bytes;
    } else if (!field->is_bytes && field->tag == kNumber) {
      out.number = field->number;
    }
  }
  return !reader.broken();
}

template <class E>
E as_enum(int64_t number, E last) {
  return number >= 0 && number <= static_cast<int64_t>(last) ? static_cast<E>(number) : E{};
}

bool decode_part(std::string_view bytes, Part& part) {
  FieldReader reader(bytes);
  while (const auto field = reader.next()) {
    switch (field->tag) {
      case part_tag::Type:
        part.type = as_enum(field->number, PartType::Blob);
        break;
      case part_tag::Content:
        part.content = field->bytes;
        break;
      case part_tag::Id:
        part.id = field->bytes;
        break;
      case part_tag::Name:
        part.name = field->bytes;
        break;
      case part_tag::Value:
        part.value.text = field->bytes;
        break;
      case part_tag::Reference:
        part.reference = field->bytes;
        break;
      case part_tag::Modality:
        part.modality = field->bytes;
        break;
      case part_tag::MimeType:
        part.mime_type = field->bytes;
        break;
      default:
        break;
    }
  }
  return !reader.broken();
}

bool decode_message(std::string_view bytes, std::vector<Message>& messages) {
  Message& message = messages.emplace_back();
  FieldReader reader(bytes);
  while (const auto field = reader.next()) {
    switch (field->tag) {
      case message_tag::Role:
        message.role = field->bytes;
        break;
      case message_tag::Part:
        if (!decode_part(field->bytes, message.parts.emplace_back())) return false;
        break;
      case message_tag::FinishReason:
        message.finish_reason = field->bytes;
        break;
      default:
        break;
    }
  }
  return !reader.broken();
}

template <class Id>
void copy_id(std::string_view bytes, Id& id) {
  if (bytes.size() == id.bytes.size()) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
}

bool is_composite(uint32_t number) {
  switch (number) {
    case tag::ToolDefinition:
    case tag::Document:
    case tag::Event:
    case tag::Link:
    case tag::Tool:
    case tag::Prompt:
    case tag::Exception:
      return true;
    default:
      return false;
  }
}

// Values of several texts. False where the bytes are damaged.
bool decode_composite(const Field& field, Span& span) {
  Texts from;
  if (!decode_texts(field.bytes, from)) return false;
  auto& [first, second, third, fourth] = from.text;
  switch (field.tag) {
    case tag::ToolDefinition:
      span.tool_definitions.push_back({std::move(first), std::move(second), {std::move(third)}});
      break;
    case tag::Document: {
      Document& document = span.documents.emplace_back();
      document.id = std::move(first);
      document.content = std::move(second);
      document.metadata.text = std::move(third);
      if (from.number) document.score = std::bit_cast<double>(*from.number);
      break;
    }
    case tag::Event:
      span.events.push_back({std::move(first), from.number.value_or(0), {std::move(second)}});
      break;
    case tag::Link: {
      Link& link = span.links.emplace_back();
      copy_id(first, link.trace_id);
      copy_id(second, link.span_id);
      link.attributes.text = std::move(third);
      break;
    }
    case tag::Tool:
      span.tool.emplace(
          ToolUse{std::move(first), std::move(second), {std::move(third)}, {std::move(fourth)}});
      break;
    case tag::Prompt:
      span.prompt.emplace(PromptVersion{std::move(first), std::move(second)});
      break;
    case tag::Exception:
      span.exception.emplace(ExceptionInfo{std::move(first), std::move(second), std::move(third)});
      break;
    default:
      break;
  }
  return true;
}

std::string* text_field(Span& span, uint32_t number) {
  switch (number) {
    case tag::Name:
      return &span.name;
    case tag::StatusMessage:
      return &span.status_message;
    case tag::Operation:
      return &span.operation;
    case tag::Provider:
      return &span.provider;
    case tag::RequestModel:
      return &span.request_model;
    case tag::ResponseModel:
      return &span.response_model;
    case tag::ResponseId:
      return &span.response_id;
    case tag::Parameters:
      return &span.parameters.text;
    case tag::Input:
      return &span.input.text;
    case tag::Output:
      return &span.output.text;
    case tag::Session:
      return &span.session_id;
    case tag::User:
      return &span.user_id;
    case tag::Attributes:
      return &span.attributes.text;
    case tag::Resource:
      return &span.resource.text;
    case tag::ScopeName:
      return &span.scope_name;
    case tag::ScopeVersion:
      return &span.scope_version;
    case tag::Metadata:
      return &span.facts.metadata.text;
    case tag::Environment:
      return &span.facts.environment;
    case tag::Release:
      return &span.facts.release;
    default:
      return nullptr;
  }
}

void decode_number(const Field& field, Span& span) {
  switch (field.tag) {
    case tag::Origin:
      span.origin = as_enum(field.number, Origin::Client);
      break;
    case tag::ContentState:
      span.content_state = as_enum(field.number, ContentState::Redacted);
      break;
    case tag::OtelKind:
      span.otel_kind = as_enum(field.number, OtelKind::Consumer);
      break;
    case tag::FirstToken:
      span.time_to_first_token_us = field.number;
      break;
    case tag::CostSource:
      span.cost_source = as_enum(field.number, CostSource::Emitter);
      break;
    default:
      break;
  }
}

bool decode_field(const Field& field, Span& span) {
  if (!field.is_bytes) {
    decode_number(field, span);
    return true;
  }
  if (field.tag == tag::InputMessage) return decode_message(field.bytes, span.input_messages);
  if (field.tag == tag::OutputMessage) return decode_message(field.bytes, span.output_messages);
  if (field.tag == tag::Tag) {
    span.facts.tags.emplace_back(field.bytes);
    return true;
  }
  if (std::string* text = text_field(span, field.tag)) {
    *text = field.bytes;
    return true;
  }
  return !is_composite(field.tag) || decode_composite(field, span);
}

Failure damaged() {
  return fail(Code::StorageFailed, "A stored span is damaged or was written by a newer Tandem.",
              "Start the version that wrote it, or restore the trace database from a backup.");
}

}  // namespace

void encode_head(const SpanHead& head, std::string& out) {
  out += kVersion;
  FieldWriter fields(out);
  fields.bytes(head_tag::Id, id_bytes(head.span_id));
  if (!head.is_root()) fields.bytes(head_tag::Parent, id_bytes(head.parent_span_id));
  fields.number_unless_zero(head_tag::Kind, static_cast<int64_t>(head.kind));
  fields.number_unless_zero(head_tag::Status, static_cast<int64_t>(head.status));
  fields.number(head_tag::Start, head.start_us);
  fields.number_unless_zero(head_tag::Duration, head.duration_us);
  if (head.usage) {
    fields.number(head_tag::HasUsage, 1);
    fields.number_unless_zero(head_tag::Input, head.usage->input_tokens);
    fields.number_unless_zero(head_tag::Cached, head.usage->cached_input_tokens);
    fields.number_unless_zero(head_tag::CacheWrite, head.usage->cache_write_input_tokens);
    fields.number_unless_zero(head_tag::Output, head.usage->output_tokens);
    fields.number_unless_zero(head_tag::Reasoning, head.usage->reasoning_tokens);
  }
  if (head.cost_nano_usd) fields.number(head_tag::Cost, *head.cost_nano_usd);
}

void encode_body(const Span& span, std::string& out) {
  out += kVersion;
  FieldWriter fields(out);
  fields.number_unless_zero(tag::Origin, static_cast<int64_t>(span.origin));
  fields.number_unless_zero(tag::ContentState, static_cast<int64_t>(span.content_state));
  fields.text(tag::Name, span.name);
  fields.number_unless_zero(tag::OtelKind, static_cast<int64_t>(span.otel_kind));
  fields.text(tag::StatusMessage, span.status_message);
  fields.text(tag::Operation, span.operation);
  fields.text(tag::Provider, span.provider);
  fields.text(tag::RequestModel, span.request_model);
  fields.text(tag::ResponseModel, span.response_model);
  fields.text(tag::ResponseId, span.response_id);
  fields.text(tag::Parameters, span.parameters.text);
  encode_messages(fields, tag::InputMessage, span.input_messages);
  encode_messages(fields, tag::OutputMessage, span.output_messages);
  fields.text(tag::Input, span.input.text);
  fields.text(tag::Output, span.output.text);
  fields.number_unless_zero(tag::CostSource, static_cast<int64_t>(span.cost_source));
  encode_optional(fields, span);
  encode_lists(fields, span);
  fields.text(tag::Session, span.session_id);
  fields.text(tag::User, span.user_id);
  fields.text(tag::Attributes, span.attributes.text);
  fields.text(tag::Resource, span.resource.text);
  fields.text(tag::ScopeName, span.scope_name);
  fields.text(tag::ScopeVersion, span.scope_version);
  for (const std::string& text : span.facts.tags) fields.text(tag::Tag, text);
  fields.text(tag::Metadata, span.facts.metadata.text);
  fields.text(tag::Environment, span.facts.environment);
  fields.text(tag::Release, span.facts.release);
}

Result<SpanHead> decode_head(std::span<const uint8_t> bytes) {
  const std::string_view text = wire::as_text(bytes);
  if (text.empty() || text.front() != kVersion) return damaged();
  SpanHead head;
  TokenUsage usage;
  bool has_usage = false;
  FieldReader reader(text.substr(1));
  while (const auto field = reader.next()) {
    switch (field->tag) {
      case head_tag::Id:
        copy_id(field->bytes, head.span_id);
        break;
      case head_tag::Parent:
        copy_id(field->bytes, head.parent_span_id);
        break;
      case head_tag::Kind:
        head.kind = as_enum(field->number, SpanKind::Prompt);
        break;
      case head_tag::Status:
        head.status = as_enum(field->number, Status::Error);
        break;
      case head_tag::Start:
        head.start_us = field->number;
        break;
      case head_tag::Duration:
        head.duration_us = field->number;
        break;
      case head_tag::HasUsage:
        has_usage = true;
        break;
      case head_tag::Input:
        usage.input_tokens = field->number;
        break;
      case head_tag::Cached:
        usage.cached_input_tokens = field->number;
        break;
      case head_tag::CacheWrite:
        usage.cache_write_input_tokens = field->number;
        break;
      case head_tag::Output:
        usage.output_tokens = field->number;
        break;
      case head_tag::Reasoning:
        usage.reasoning_tokens = field->number;
        break;
      case head_tag::Cost:
        head.cost_nano_usd = field->number;
        break;
      default:
        break;
    }
  }
  if (reader.broken()) return damaged();
  if (has_usage) head.usage = usage;
  return head;
}

Result<Span> decode_span(std::span<const uint8_t> head_bytes, std::span<const uint8_t> body) {
  TRY(const SpanHead head, decode_head(head_bytes));
  const std::string_view text = wire::as_text(body);
  if (text.empty() || text.front() != kVersion) return damaged();
  Span span;
  span.otel_kind = OtelKind::Unset;  // zero is not written
  span.span_id = head.span_id;
  span.parent_span_id = head.parent_span_id;
  span.kind = head.kind;
  span.status = head.status;
  span.start_us = head.start_us;
  span.duration_us = head.duration_us;
  span.usage = head.usage;
  span.cost_nano_usd = head.cost_nano_usd;
  FieldReader reader(text.substr(1));
  while (const auto field = reader.next()) {
    if (!decode_field(*field, span)) return damaged();
  }
  if (reader.broken()) return damaged();
  return span;
}

}  // namespace tandem::trace
