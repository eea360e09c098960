// Images, sounds and documents between messages::Media and the formats that Converse names. Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/messages/part.h"

namespace tandem::gateway::bedrock {

// A data URL (RFC 2397) taken apart, else the media as it is.
messages::Media inlined(messages::Media media);

// "jpeg" of "image/jpeg", "docx" of its long type; empty: Converse has no such format.
std::string_view format_of(const messages::Media& media);

// A document's name as Converse takes it: letters, digits, single spaces, hyphens, brackets.
std::string document_name(std::string_view name);

}  // namespace tandem::gateway::bedrock
