package io.freshet.kernel.cpu.bf16;

import java.util.Optional;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;

/**
 * oneDNN on this processor. Loading this class loads the native library: only {@link Bf16Provider} does, after it has
 * found the library on the class path.
 */
final class OneDnn implements AutoCloseable {
    private final dnnl_engine engine = new dnnl_engine();

    OneDnn() {
        check(dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0), "an engine for the CPU");
    }

    /** Empty if this processor multiplies bf16; else the reason why not. */
    static Optional<String> unusable() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        int needed = dnnl.dnnl_cpu_isa_avx512_core_bf16;
        return (isa & needed) == needed
                ? Optional.empty()
                : Optional.of("this processor has no bf16 instructions (avx512_bf16 or amx_bf16; oneDNN says 0x"
                        + Integer.toHexString(isa) + ")");
    }

    /** Version and instruction set, for the arithmetic's identity. */
    static String identity() {
        try (dnnl_version_t version = dnnl.dnnl_version()) {
            int isa = dnnl.dnnl_get_effective_cpu_isa();
            boolean amx = (isa & dnnl.dnnl_cpu_isa_avx512_core_amx) == dnnl.dnnl_cpu_isa_avx512_core_amx;
            return (amx ? "amx-" : "avx512-") + Integer.toHexString(isa) + "/onednn-" + version.major() + "."
                    + version.minor() + "." + version.patch();
        }
    }

    dnnl_engine engine() {
        return engine;
    }

    /** A stream for one set of kernels; everything on it runs on the thread that calls. */
    dnnl_stream openStream() {
        dnnl_stream stream = new dnnl_stream();
        check(dnnl.dnnl_stream_create(stream, engine, dnnl.dnnl_stream_default_flags), "a stream");
        return stream;
    }

    /** Fails with what was wanted if a call of the library did not succeed. */
    static void check(int status, String wanted) {
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN gave status " + status + " for " + wanted
                    + (status == dnnl.dnnl_out_of_memory ? ": out of native memory" : ""));
        }
    }

    @Override
    public void close() {
        dnnl.dnnl_engine_destroy(engine);
    }
}
