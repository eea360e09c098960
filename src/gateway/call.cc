#include "gateway/call.h"

namespace tandem::gateway {

std::string_view call_kind_name(CallKind kind) {
  switch (kind) {
    case CallKind::Chat:
      return "chat";
    case CallKind::Completion:
      return "completion";
    case CallKind::Embedding:
      return "embedding";
    case CallKind::Predict:
      return "predict";
    case CallKind::Rerank:
      return "rerank";
    case CallKind::Moderation:
      return "moderation";
    case CallKind::Image:
      return "image";
    case CallKind::Speech:
      return "speech";
    case CallKind::Transcription:
      return "transcription";
  }
  return "chat";
}

}  // namespace tandem::gateway
