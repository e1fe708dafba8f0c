#include "net/onnx/operator.h"

#include "net/onnx/binary.h"
#include "net/onnx/conv.h"
#include "net/onnx/known.h"
#include "net/onnx/matrix.h"
#include "net/onnx/move.h"
#include "net/onnx/normalise.h"
#include "net/onnx/pool.h"
#include "net/onnx/reduce.h"
#include "net/onnx/resize.h"
#include "net/onnx/unary.h"

#include <string.h>

enum { ALL = FACET_ONNX_ALL, MANY = 4096 };

/* name; opsets from, to; inputs at least, at most; outputs; inputs that are data, their types;
 * layout; batched; attributes; what runs */
#define OPERATOR(name, since, until, least, most, outputs, data, accepts, layout, batched, known,  \
                 infers, ...)                                                                      \
    {                                                                                              \
        name, since, until, least, most, outputs, data, FACET_ONNX_##accepts, FACET_ONNX_##layout, \
            batched, " " known " ", facet_onnx_infer_##infers, __VA_ARGS__                         \
    }

/* From opset 7 on; of older ones what means the same there: an attribute that changes the meaning
 * is unknown here, and so refused. */
static const struct facet_onnx_operator table[] = {
    OPERATOR("Conv", 1, 17, 2, 3, 1, 1, FLOATS, LAST, 1,
             "auto_pad dilations group kernel_shape pads strides", conv, facet_onnx_run_conv,
             facet_onnx_scratch_conv, &facet_onnx_packing_conv),
    OPERATOR("MaxPool", 1, 17, 1, 1, 2, 1, FLOATS, LAST, 1,
             "auto_pad ceil_mode dilations kernel_shape pads storage_order strides", max_pool,
             facet_onnx_run_max_pool, facet_onnx_scratch_pool, NULL),
    OPERATOR("AveragePool", 1, 17, 1, 1, 1, 1, FLOATS, LAST, 1,
             "auto_pad ceil_mode count_include_pad kernel_shape pads strides", average_pool,
             facet_onnx_run_average_pool, facet_onnx_scratch_pool, NULL),
    OPERATOR("GlobalMaxPool", 1, 17, 1, 1, 1, 1, FLOATS, LAST, 1, "", global_pool,
             facet_onnx_run_max_pool, facet_onnx_scratch_pool, NULL),
    OPERATOR("GlobalAveragePool", 1, 17, 1, 1, 1, 1, FLOATS, LAST, 1, "", global_pool,
             facet_onnx_run_average_pool, facet_onnx_scratch_pool, NULL),
    OPERATOR("Gemm", 6, 6, 3, 3, 1, 1, FLOATS, PLAIN, 1, "alpha beta broadcast transA transB", gemm,
             facet_onnx_run_gemm, NULL, &facet_onnx_packing_gemm),
    OPERATOR("Gemm", 7, 17, 2, 3, 1, 1, FLOATS, PLAIN, 1, "alpha beta transA transB", gemm,
             facet_onnx_run_gemm, NULL, &facet_onnx_packing_gemm),
    OPERATOR("MatMul", 1, 17, 2, 2, 1, ALL, FLOATS, PLAIN, 0, "", matmul, facet_onnx_run_matmul,
             NULL, NULL),
    OPERATOR("Relu", 6, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "", unary, facet_onnx_run_relu, NULL,
             NULL),
    OPERATOR("LeakyRelu", 6, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "alpha", leaky_relu,
             facet_onnx_run_leaky_relu, NULL, NULL),
    OPERATOR("PRelu", 6, 17, 2, 2, 1, ALL, FLOATS, EITHER, 0, "", prelu, facet_onnx_run_prelu, NULL,
             NULL),
    OPERATOR("Clip", 6, 10, 1, 1, 1, 1, FLOATS, EITHER, 1, "max min", clip, facet_onnx_run_clip,
             NULL, NULL),
    OPERATOR("Clip", 11, 17, 1, 3, 1, 1, FLOATS, EITHER, 1, "", clip, facet_onnx_run_clip, NULL,
             NULL),
    OPERATOR("Sigmoid", 6, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "", unary, facet_onnx_run_sigmoid,
             NULL, NULL),
    OPERATOR("HardSigmoid", 6, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "alpha beta", hard_sigmoid,
             facet_onnx_run_hard_sigmoid, NULL, NULL),
    OPERATOR("HardSwish", 14, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "", unary,
             facet_onnx_run_hard_swish, NULL, NULL),
    OPERATOR("Tanh", 6, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "", unary, facet_onnx_run_tanh, NULL,
             NULL),
    OPERATOR("Elu", 6, 17, 1, 1, 1, 1, FLOATS, EITHER, 1, "alpha", elu, facet_onnx_run_elu, NULL,
             NULL),
    OPERATOR("Add", 6, 6, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "broadcast", binary, facet_onnx_run_add,
             NULL, NULL),
    OPERATOR("Add", 7, 17, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "", binary, facet_onnx_run_add, NULL,
             NULL),
    OPERATOR("Sub", 6, 6, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "broadcast", binary, facet_onnx_run_sub,
             NULL, NULL),
    OPERATOR("Sub", 7, 17, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "", binary, facet_onnx_run_sub, NULL,
             NULL),
    OPERATOR("Mul", 6, 6, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "broadcast", binary, facet_onnx_run_mul,
             NULL, NULL),
    OPERATOR("Mul", 7, 17, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "", binary, facet_onnx_run_mul, NULL,
             NULL),
    OPERATOR("Div", 6, 6, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "broadcast", div, facet_onnx_run_div,
             NULL, NULL),
    OPERATOR("Div", 7, 17, 2, 2, 1, ALL, NUMBERS, EITHER, 0, "", div, facet_onnx_run_div, NULL,
             NULL),
    OPERATOR("BatchNormalization", 6, 6, 5, 5, 5, 1, FLOATS, LAST, 1,
             "epsilon is_test momentum spatial", old_batch_norm, facet_onnx_run_batch_norm, NULL,
             NULL),
    OPERATOR("BatchNormalization", 7, 17, 5, 5, 5, 1, FLOATS, LAST, 1,
             "epsilon momentum spatial training_mode", batch_norm, facet_onnx_run_batch_norm, NULL,
             NULL),
    OPERATOR("InstanceNormalization", 6, 17, 3, 3, 1, 1, FLOATS, LAST, 1, "epsilon", instance_norm,
             facet_onnx_run_instance_norm, NULL, NULL),
    OPERATOR("LayerNormalization", 17, 17, 2, 3, 3, 1, FLOATS, PLAIN, 0, "axis epsilon stash_type",
             layer_norm, facet_onnx_run_layer_norm, NULL, NULL),
    OPERATOR("LpNormalization", 1, 17, 1, 1, 1, 1, FLOATS, PLAIN, 0, "axis p", lp_norm,
             facet_onnx_run_lp_norm, NULL, NULL),
    OPERATOR("LRN", 1, 17, 1, 1, 1, 1, FLOATS, LAST, 1, "alpha beta bias size", lrn,
             facet_onnx_run_lrn, NULL, NULL),
    OPERATOR("ReduceMean", 1, 17, 1, 1, 1, 1, FLOATS, TURNS, 0, "axes keepdims", reduce_mean,
             facet_onnx_run_reduce_mean, NULL, NULL),
    OPERATOR("Softmax", 1, 17, 1, 1, 1, 1, FLOATS, PLAIN, 0, "axis", softmax,
             facet_onnx_run_softmax, NULL, NULL),
    OPERATOR("Upsample", 7, 8, 1, 1, 1, 1, FLOATS, EITHER, 0, "mode scales", upsample,
             facet_onnx_run_resize, NULL, NULL),
    OPERATOR("Upsample", 9, 9, 2, 2, 1, 1, FLOATS, EITHER, 0, "mode", upsample,
             facet_onnx_run_resize, NULL, NULL),
    OPERATOR("Resize", 10, 10, 2, 2, 1, 1, FLOATS, EITHER, 0, "mode", resize, facet_onnx_run_resize,
             NULL, NULL),
    OPERATOR("Resize", 11, 17, 1, 4, 1, 1, FLOATS, EITHER, 0,
             "coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value "
             "mode nearest_mode",
             resize, facet_onnx_run_resize, NULL, NULL),
    OPERATOR("Concat", 4, 17, 1, MANY, 1, ALL, ANY, EITHER, 0, "axis", concat,
             facet_onnx_run_concat, NULL, NULL),
    OPERATOR("Split", 2, 12, 1, 1, MANY, 1, ANY, EITHER, 0, "axis split", split,
             facet_onnx_run_split, NULL, NULL),
    OPERATOR("Split", 13, 17, 1, 2, MANY, 1, ANY, EITHER, 0, "axis", split, facet_onnx_run_split,
             NULL, NULL),
    OPERATOR("Slice", 1, 9, 1, 1, 1, 1, ANY, EITHER, 0, "axes ends starts", slice,
             facet_onnx_run_slice, NULL, NULL),
    OPERATOR("Slice", 10, 17, 3, 5, 1, 1, ANY, EITHER, 0, "", slice, facet_onnx_run_slice, NULL,
             NULL),
    OPERATOR("Pad", 2, 10, 1, 1, 1, 1, FLOATS, EITHER, 0, "mode pads value", pad,
             facet_onnx_run_pad, NULL, NULL),
    OPERATOR("Pad", 11, 17, 2, 3, 1, 1, FLOATS, EITHER, 0, "mode", pad, facet_onnx_run_pad, NULL,
             NULL),
    OPERATOR("Flatten", 1, 17, 1, 1, 1, 1, ANY, TURNS, 0, "axis", flatten, facet_onnx_run_reshape,
             NULL, NULL),
    OPERATOR("Reshape", 5, 17, 2, 2, 1, 1, ANY, TURNS, 0, "allowzero", reshape,
             facet_onnx_run_reshape, NULL, NULL),
    OPERATOR("Squeeze", 1, 12, 1, 1, 1, 1, ANY, TURNS, 0, "axes", squeeze, facet_onnx_run_reshape,
             NULL, NULL),
    OPERATOR("Squeeze", 13, 17, 1, 2, 1, 1, ANY, TURNS, 0, "", squeeze, facet_onnx_run_reshape,
             NULL, NULL),
    OPERATOR("Unsqueeze", 1, 12, 1, 1, 1, 1, ANY, TURNS, 0, "axes", unsqueeze,
             facet_onnx_run_reshape, NULL, NULL),
    OPERATOR("Unsqueeze", 13, 17, 2, 2, 1, 1, ANY, TURNS, 0, "", unsqueeze, facet_onnx_run_reshape,
             NULL, NULL),
    OPERATOR("Transpose", 1, 17, 1, 1, 1, 1, ANY, TURNS, 0, "perm", transpose,
             facet_onnx_run_transpose, NULL, NULL),
    OPERATOR("Gather", 1, 17, 2, 2, 1, 1, ANY, PLAIN, 0, "axis", gather, facet_onnx_run_gather,
             NULL, NULL),
    OPERATOR("Identity", 1, 17, 1, 1, 1, 1, ANY, EITHER, 0, "", identity, facet_onnx_run_identity,
             NULL, NULL),
    OPERATOR("Dropout", 7, 11, 1, 1, 2, 1, FLOATS, EITHER, 0, "ratio", dropout,
             facet_onnx_run_identity, NULL, NULL),
    OPERATOR("Dropout", 12, 17, 1, 3, 2, 1, FLOATS, EITHER, 0, "seed", dropout,
             facet_onnx_run_identity, NULL, NULL),
    OPERATOR("Constant", 1, 17, 0, 0, 1, 0, ANY, PLAIN, 0,
             "sparse_value value value_float value_floats value_int value_ints value_string "
             "value_strings",
             constant, NULL, NULL, NULL),
    OPERATOR("Shape", 1, 17, 1, 1, 1, 1, ANY, PLAIN, 0, "end start", shape, NULL, NULL, NULL),
    OPERATOR("Cast", 6, 17, 1, 1, 1, 1, ANY, EITHER, 1, "to", cast, facet_onnx_run_cast, NULL,
             NULL),
};

const struct facet_onnx_operator *facet_onnx_operator_find(const char *name, int opset)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0 && table[i].since <= opset && opset <= table[i].until)
            return &table[i];
    return NULL;
}
