package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.cpu.bf16.Bf16Product.Shape;
import io.freshet.kernel.cpu.bf16.NativeBlock.Operand;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;

/**
 * The products of one set of kernels: compiled once per shape, and the native memory that they work on. Not for several
 * threads at once.
 */
final class Bf16Products implements AutoCloseable {
    /** Compiled products that are kept; the one not used for longest goes. */
    private static final int KEPT = 256;

    private final OneDnn library;
    private final dnnl_stream stream;
    /** All memory that was given out, {@code [blocks]}. */
    private final List<NativeBlock> blocks = new ArrayList<>();

    private final Map<Shape, Bf16Product> compiled = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    Bf16Products(OneDnn library) {
        this.library = library;
        stream = library.openStream();
    }

    /** Memory that is freed with this object; of {@code [0]} bytes until it is reserved. */
    NativeBlock newBlock() {
        NativeBlock block = new NativeBlock();
        blocks.add(block);
        return block;
    }

    /** Fails once the native memory is gone. */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the bf16 device was closed; its kernels cannot be used any more");
        }
    }

    /**
     * Rows of a tile: {@code rows} cut into equal parts of at most {@code most}, in steps of 32 so that few shapes
     * arise. The last tile is filled up with rows that nobody reads.
     */
    static int tile(int rows, int most) {
        int parts = (rows + most - 1) / most;
        int part = (rows + parts - 1) / parts;
        return (part + 31) / 32 * 32;
    }

    /** {@code c (+)= a · b}: {@code a} and {@code b} in bf16, {@code c} in float32. */
    void multiply(Shape shape, Operand a, Operand b, Operand c) {
        product(shape).run(stream, a.bf16(), b.bf16(), null, c.float32());
    }

    /** {@code c (+)= a · b + bias}: {@code bias [n]} in float32 is added to every row. */
    void multiply(Shape shape, Operand a, Operand b, Operand bias, Operand c) {
        product(shape).run(stream, a.bf16(), b.bf16(), bias.float32(), c.float32());
    }

    private Bf16Product product(Shape shape) {
        Bf16Product cached = compiled.get(shape);
        if (cached != null) {
            return cached;
        }
        if (compiled.size() >= KEPT) {
            var oldest = compiled.entrySet().iterator();
            oldest.next().getValue().close();
            oldest.remove();
        }
        Bf16Product fresh = new Bf16Product(library.engine(), shape);
        compiled.put(shape, fresh);
        return fresh;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            compiled.values().forEach(Bf16Product::close);
            compiled.clear();
            blocks.forEach(NativeBlock::close);
            dnnl.dnnl_stream_destroy(stream);
        }
    }
}
