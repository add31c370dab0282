package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import io.freshet.kernel.cpu.vector.VectorKernels;
import org.jspecify.annotations.Nullable;

/**
 * The vector kernels with the products of linear layers and of the softmax over shared candidates in bf16. Whatever
 * else there is stays float32: weights, gradients, optimizers, norms, attention, and all rankings.
 */
final class Bf16Kernels extends ForwardingKernels implements AutoCloseable {
    private final Bf16Products products;
    private final Bf16Linear linear;
    private final Bf16Softmax softmax;
    private final Bf16PartialSoftmax partial;

    Bf16Kernels(OneDnn library) {
        this(new VectorKernels(), new Bf16Products(library));
    }

    private Bf16Kernels(VectorKernels vector, Bf16Products products) {
        super(vector);
        this.products = products;
        Bf16Candidates candidates = new Bf16Candidates(products);
        linear = new Bf16Linear(vector, products);
        softmax = new Bf16Softmax(vector, products, candidates);
        partial = new Bf16PartialSoftmax(vector, products, candidates);
    }

    @Override
    public void linear(int rows, LinearWeights w, Floats x, @Nullable Floats residual, Floats y) {
        products.requireOpen();
        HostFloats rest = residual == null ? null : HostFloats.of(residual);
        linear.forward(rows, w, HostFloats.of(x), rest, HostFloats.of(y), null);
    }

    @Override
    public void linearSilu(int rows, LinearWeights w, Floats x, Floats z, Floats a) {
        products.requireOpen();
        linear.forward(rows, w, HostFloats.of(x), null, HostFloats.of(z), HostFloats.of(a));
    }

    @Override
    public void linearBackward(int rows, LinearWeights w, LinearWeights grad, Floats x, Floats dy, Floats dx) {
        products.requireOpen();
        linear.backward(rows, w, grad, HostFloats.of(x), HostFloats.of(dy), HostFloats.of(dx));
    }

    @Override
    public void softmax(SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxOutput out) {
        products.requireOpen();
        softmax.run(shape, HostFloats.of(y), HostFloats.of(e), bias, HostInts.of(targets), out);
    }

    @Override
    public void softmaxPartial(
            SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxPartial out) {
        products.requireOpen();
        partial.forward(shape, HostFloats.of(y), HostFloats.of(e), bias, HostInts.of(targets), out);
    }

    @Override
    public void softmaxPartialBackward(SoftmaxShape shape, Floats y, Floats e, Ints targets, SoftmaxPartialGrad call) {
        products.requireOpen();
        partial.backward(shape, HostFloats.of(y), HostFloats.of(e), HostInts.of(targets), call);
    }

    /** Frees native memory and compiled products. */
    @Override
    public void close() {
        products.close();
    }
}
