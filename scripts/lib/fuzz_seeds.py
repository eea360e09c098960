"""Writes a few well-formed inputs for a fuzzer to start from.

    python3 scripts/lib/fuzz_seeds.py FUZZER FOLDER

A fuzzer without an entry here starts from nothing, which is fine for grammars that are small.
"""

import sys
from pathlib import Path

HEAD = "POST /x HTTP/1.1\r\nhost: a\r\n"
CHUNKED = HEAD + "transfer-encoding: chunked\r\n\r\n"
HTTP = [
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    HEAD + "content-length: 5\r\n\r\nhello",
    CHUNKED + "5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + "5;name=1\r\nhello\r\nA\r\n0123456789\r\n0\r\ntrailer: a\r\n\r\n",
    CHUNKED + "0\r\n\r\n",
    HEAD + "expect: 100-continue\r\ncontent-length: 3, 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
    HEAD + "transfer-encoding: gzip, chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.0\r\nconnection: keep-alive, close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: [::1]:80\r\nx: a\r\n b\r\n\r\n",
    "GET http://a/b?x=1&y=%00 HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
]
EVENTS = [
    "data: a\n\n",
    'event: x\ndata: {"a":1}\nid: 4\n\ndata: [DONE]\n\n',
    ": comment\r\ndata: a\r\ndata: b\r\n\r\n",
    "\ufeffdata: x\r\rretry: 30\n\ndata\n\n",
    "id: a\0b\ndata:  two\n\nevent:\ndata:\n\n",
]
CONFIGURATIONS = [
    "s: a\nb: true\ni: 5\ne: two\nj: {a: [1, 2.5, null]}\nk: env:KEY\nc: 0.05\n"
    "t: 2026-01-01T00:00:00Z\nu: 5s\nl: [1, {n: 2, d: 1e3}]\nm: {x: {n: 1}}\n"
    "ll: [[a, b], []]\no: [{s: z}]\n",
    '{"s":"a","i":-5,"e":"one","j":{"a":[1]},"k":"file:/x","c":"1.25","u":"10ms","l":[{"n":1}]}',
    "m.x.n=5", "l.0.n=7", "s='quoted: text'", "a: &x [1]\nb: *x\n", "s: |\n  block\n  text\n",
    "s: >-\n  fold\n", "? k\n: v\n", "--- \n...\n", 's: "\\u00e9\\x41"\n', "o: [{o: [{o: []}]}]\n",
]
DOCUMENTS = [
    '{"a":[1,2.5e-3,true,false,null,"\\u00e9\\ud83d\\ude00"],"b":{"c":""}}', "[]", "-0", "1e400",
    "[[[[[[]]]]]]", '"\\n\\t"', '{"a":1,"a":2}', " \n[1 , 2]\t", '"é"',
]
TEXTS = [
    "abc the ing ab1 !-", "中文ß über Straße", "한국어 각", "😀😀 a", "a\u0301\u0302",
    "[CLS] [SEP] [MASK]", "a" * 300, "İI\u0130",
]
STATEMENTS = [
    "select 'a''b' from \"t\" where x = ?1 -- c\n and /* y */ z = $$t$$;",
    "create table a (b blob default x'00')", "insert into t values (?, :a, @b)",
]
JOURNALS = [
    b"\x00h" + bytes(64), b"\x01\x00\x40\x00\x55" + b"record one two three" * 4,
    b"\x01\x00\x90\x01\x00" + b"abcdef" * 9,
]


def cut(texts):
    """The first byte says into what pieces the rest is cut."""
    return [bytes([step]) + text.encode() for text in texts for step in (0, 7)]


def inference_requests():
    plain = (b'{"id":"1","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1.0,2.0]}],'
             b'"outputs":[{"name":"y"}]}')
    head = (b'{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32",'
            b'"parameters":{"binary_data_size":8}}]}')
    return [b"\xff\xff" + plain, len(head).to_bytes(2, "little") + head + bytes(8)]


def streams():
    def chunk(text, rest=""):
        return ('{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"%s"}%s}]}'
                % (text, rest)).encode()  # fmt: skip
    usage = b'{"id":"1","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}'
    end = chunk("", ',"finish_reason":"stop"')
    tool = (b'{"model":"m","choices":[{"index":1,"delta":{"tool_calls":[{"index":0,'
            b'"function":{"arguments":"{}"}}]}}]}')
    return [b"\0".join([chunk("a"), chunk("b"), chunk("\\u00e9"), chunk("c"), end, usage]),
            b"\0".join([tool, tool, chunk("a"), chunk('b","refusal":"c'), chunk("d"), end])]


def calls():
    chat = ('{"model":"c","messages":[{"role":"system","content":"Be brief."},{"role":"user",'
            '"content":[{"type":"text","text":"What is it?"},{"type":"image_url",'
            '"image_url":{"url":"data:image/png;base64,AA"}}]}],"stream":true,"max_tokens":9,'
            '"stream_options":{"include_usage":false},"n":2,"tools":[{"type":"function"}]}')
    texts = ['{"model":"c","prompt":["once","upon"],"stream":true,"stream_options":{}}',
             '{"model":"c","input":["one","two"],"encoding_format":"base64","dimensions":3}']
    return [bytes([kind]) + text.encode() for kind, text in enumerate([chat, *texts])]


def converse_events():
    """Payloads with their types, which the fuzzer frames itself."""
    events = [
        'messageStart {"role":"assistant","p":"ab"}',
        'contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}',
        'contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}',
        'contentBlockStop {"contentBlockIndex":0}',
        'contentBlockDelta {"contentBlockIndex":1,"delta":{"text":"Hello"}}',
        'contentBlockStart {"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t",'
        '"name":"w"}}}',
        'contentBlockDelta {"contentBlockIndex":2,"delta":{"toolUse":{"input":"{}"}}}',
        'messageStop {"stopReason":"tool_use"}',
        'metadata {"usage":{"inputTokens":1,"outputTokens":2,"cacheReadInputTokens":3,'
        '"cacheDetails":[{"ttl":"1h","inputTokens":4}]}}',
        'throttlingException {"message":"Slow down."}',
    ]
    whole = ('{"output":{"message":{"role":"assistant","content":[{"text":"Hi"},{"toolUse":'
             '{"toolUseId":"t","name":"w","input":{}}}]}},"stopReason":"end_turn",'
             '"usage":{"inputTokens":1,"outputTokens":2}}')
    return ["\0".join(events).encode(), whole.encode()]


def cohere_events():
    events = [
        '{"type":"message-start","id":"1","delta":{"message":{"role":"assistant"}}}',
        '{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text",'
        '"text":""}}}}',
        '{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}',
        '{"type":"content-end","index":0}',
        '{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I look."}}}',
        '{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c",'
        '"function":{"name":"w","arguments":""}}}}}',
        '{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":'
        '{"arguments":"{}"}}}}}',
        '{"type":"tool-call-end","index":0}',
        '{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":'
        '{"input_tokens":1,"output_tokens":2.0}}}}',
    ]
    whole = ('{"id":"1","finish_reason":"COMPLETE","message":{"role":"assistant","tool_plan":"p",'
             '"content":[{"type":"text","text":"Hi"}],"tool_calls":[{"id":"c","function":'
             '{"name":"w","arguments":"{}"}}]},"usage":{"tokens":{"input_tokens":1}}}')
    return ["\0".join(events).encode(), whole.encode()]


def gemini_requests():
    request = (
        b'{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":'
        b'[{"text":"x"},{"inlineData":{"mimeType":"image/png","data":"iVBO"}}]},{"role":"model",'
        b'"parts":[{"text":"Hm","thought":true,"thoughtSignature":"c2ln"},{"functionCall":{"name":'
        b'"f","args":{"a":1}}}]},{"parts":[{"functionResponse":{"name":"f","response":{"output":'
        b'"y"}}}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}'
        b'],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},'
        b'"generationConfig":{"temperature":0.5,"topK":5,"maxOutputTokens":9,"stopSequences":["E"],'
        b'"responseMimeType":"application/json","responseSchema":{"type":"STRING"},'
        b'"thinkingConfig":{"thinkingBudget":1}}}')
    answer = (
        b'{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"functionCall":{"name":'
        b'"f","args":{}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":'
        b'{"promptTokenCount":1,"thoughtsTokenCount":2},"modelVersion":"m","responseId":"r"}')
    embed = b'{"requests":[{"model":"models/e","content":{"parts":[{"text":"one"}]}}]}'
    blocked = b'{"promptFeedback":{"blockReason":"SAFETY"}}'
    return [request, answer, embed, blocked]


SEEDS = {
    "parser_fuzz": cut(HTTP),
    "decoder_fuzz": cut(EVENTS),
    "config_fuzz": [text.encode() for text in CONFIGURATIONS],
    "walk_fuzz": [text.encode() for text in DOCUMENTS],
    "wordpiece_fuzz": [text.encode() for text in TEXTS],
    "sql_lexer_fuzz": [text.encode() for text in STATEMENTS],
    "journal_reader_fuzz": JOURNALS,
    "oip_request_fuzz": inference_requests(),
    "stream_filter_fuzz": streams(),
    "request_fuzz": calls(),
    "converse_stream_fuzz": converse_events(),
    "cohere_stream_fuzz": cohere_events(),
    "gemini_request_fuzz": gemini_requests(),
}


def main():
    folder = Path(sys.argv[2])
    for number, seed in enumerate(SEEDS.get(sys.argv[1], [])):
        (folder / f"seed_{number}").write_bytes(seed)


if __name__ == "__main__":
    main()
