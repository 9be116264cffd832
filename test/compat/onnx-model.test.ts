// A recognizer with an ONNX model in the real runtime, which llmp does not install by itself.

import { modelSuite } from '../kit/model-suite.ts';
import { describeWithOnnxRuntime, ONNX_RUNTIME } from '../kit/onnx-runtime.ts';

describeWithOnnxRuntime('a model in a thread, with onnxruntime-node', () => {
  modelSuite(ONNX_RUNTIME);
});
