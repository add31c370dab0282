package io.freshet.kernel.cpu.bf16;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** One compiled product of oneDNN: bf16 operands, float32 sums and result. */
final class Bf16Product implements AutoCloseable {
    /** How the operands lie in memory. */
    enum Form {
        /** {@code a [m, k], b [k, n]}. */
        PLAIN,
        /** {@code a [k, m], b [k, n]}. */
        A_TRANSPOSED,
        /** {@code a [m, k], b [n, k]}. */
        B_TRANSPOSED
    }

    /**
     * What is multiplied.
     *
     * @param form how the operands lie
     * @param m rows of the result
     * @param k terms of a sum
     * @param n columns of the result
     * @param bias whether a float32 row is added to every row of the result
     * @param add whether the result is added to what is there
     */
    record Shape(Form form, int m, int k, int n, boolean bias, boolean add) {}

    private static final int OPERANDS = 4;

    private final dnnl_primitive primitive = new dnnl_primitive();
    private final dnnl_memory a = new dnnl_memory();
    private final dnnl_memory b = new dnnl_memory();
    private final dnnl_memory c = new dnnl_memory();
    private final dnnl_memory bias = new dnnl_memory();
    private final dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(OPERANDS);
    private final int operands;

    Bf16Product(dnnl_engine engine, Shape s) {
        boolean aTurned = s.form == Form.A_TRANSPOSED;
        boolean bTurned = s.form == Form.B_TRANSPOSED;
        int bf16 = dnnl.dnnl_bf16;
        dnnl_memory_desc aLayout = layout(bf16, s.m, s.k, aTurned ? 1 : s.k, aTurned ? s.m : 1);
        dnnl_memory_desc bLayout = layout(bf16, s.k, s.n, bTurned ? 1 : s.n, bTurned ? s.k : 1);
        dnnl_memory_desc cLayout = layout(dnnl.dnnl_f32, s.m, s.n, s.n, 1);
        dnnl_memory_desc biasLayout = layout(dnnl.dnnl_f32, 1, s.n, s.n, 1);
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        OneDnn.check(dnnl.dnnl_primitive_attr_create(attributes), "attributes");
        if (s.add) {
            dnnl_post_ops after = new dnnl_post_ops();
            OneDnn.check(dnnl.dnnl_post_ops_create(after), "a sum");
            OneDnn.check(dnnl.dnnl_post_ops_append_sum(after, 1f, 0, dnnl.dnnl_data_type_undef), "a sum");
            OneDnn.check(dnnl.dnnl_primitive_attr_set_post_ops(attributes, after), "a sum");
            dnnl.dnnl_post_ops_destroy(after);
        }
        dnnl_primitive_desc plan = new dnnl_primitive_desc();
        int status = dnnl.dnnl_matmul_primitive_desc_create(
                plan, engine, aLayout, bLayout, s.bias ? biasLayout : null, cLayout, attributes);
        OneDnn.check(status, "a plan of the product " + s);
        OneDnn.check(dnnl.dnnl_primitive_create(primitive, plan), "the product " + s);
        operands = s.bias ? OPERANDS : OPERANDS - 1;
        operand(0, dnnl.DNNL_ARG_SRC, a, aLayout, engine);
        operand(1, dnnl.DNNL_ARG_WEIGHTS, b, bLayout, engine);
        operand(2, dnnl.DNNL_ARG_DST, c, cLayout, engine);
        operand(3, dnnl.DNNL_ARG_BIAS, bias, biasLayout, engine);
        dnnl.dnnl_primitive_desc_destroy(plan);
        dnnl.dnnl_primitive_attr_destroy(attributes);
        dnnl.dnnl_memory_desc_destroy(aLayout);
        dnnl.dnnl_memory_desc_destroy(bLayout);
        dnnl.dnnl_memory_desc_destroy(cLayout);
        dnnl.dnnl_memory_desc_destroy(biasLayout);
    }

    private static dnnl_memory_desc layout(int type, long rows, long columns, long rowStride, long columnStride) {
        dnnl_memory_desc layout = new dnnl_memory_desc();
        long[] sizes = {rows, columns};
        long[] strides = {rowStride, columnStride};
        int status = dnnl.dnnl_memory_desc_create_with_strides(layout, 2, sizes, type, strides);
        OneDnn.check(status, "a matrix of " + rows + " x " + columns);
        return layout;
    }

    private void operand(int index, int role, dnnl_memory memory, dnnl_memory_desc layout, dnnl_engine engine) {
        int status = dnnl.dnnl_memory_create(memory, layout, engine, (Pointer) null);
        OneDnn.check(status, "an operand");
        arguments.position(index).arg(role);
        arguments.memory(memory);
        arguments.position(0);
    }

    /** Multiplies, on this thread, and returns when the result is there. */
    void run(dnnl_stream stream, Pointer left, Pointer right, @Nullable Pointer shift, Pointer result) {
        dnnl.dnnl_memory_set_data_handle(a, left);
        dnnl.dnnl_memory_set_data_handle(b, right);
        dnnl.dnnl_memory_set_data_handle(c, result);
        if (shift != null) {
            dnnl.dnnl_memory_set_data_handle(bias, shift);
        }
        OneDnn.check(dnnl.dnnl_primitive_execute(primitive, stream, operands, arguments), "a product");
    }

    @Override
    public void close() {
        dnnl.dnnl_primitive_destroy(primitive);
        dnnl.dnnl_memory_destroy(a);
        dnnl.dnnl_memory_destroy(b);
        dnnl.dnnl_memory_destroy(c);
        dnnl.dnnl_memory_destroy(bias);
        arguments.deallocate();
    }
}
