# ONNX Runtime: only its C header is needed to build. The library is opened at run time, at the
# first use of a model, so nothing links against it (engines/onnx/runtime.h).

find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_c_api.h
  HINTS ${TANDEM_CACHE_DIR}/onnxruntime/include
  PATH_SUFFIXES onnxruntime)
if(NOT ONNXRUNTIME_INCLUDE_DIR)
  message(FATAL_ERROR "onnxruntime_c_api.h was found neither in "
    "${TANDEM_CACHE_DIR}/onnxruntime/include nor in the system. Run scripts/setup, which puts it "
    "there, or install libonnxruntime-dev (Debian 13 and newer).")
endif()

if(NOT TARGET onnxruntime_headers)
  add_library(onnxruntime_headers INTERFACE)
  target_include_directories(onnxruntime_headers SYSTEM INTERFACE ${ONNXRUNTIME_INCLUDE_DIR})
endif()
