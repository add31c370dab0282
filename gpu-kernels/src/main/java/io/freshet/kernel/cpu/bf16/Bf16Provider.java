package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.Device;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.vector.VectorKernels;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Products in bf16 through oneDNN, where the library is on the class path, the processor has the instructions and the
 * process runs no thread pool of OpenMP.
 */
public final class Bf16Provider implements KernelProvider {
    static final String NAME = "cpu-bf16";

    /** Lanes of 512 bits. */
    private static final int LANES = 16;

    private static final String LIBRARY = "org.bytedeco.dnnl.global.dnnl";

    private static final String BINDING_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

    /** oneDNN would split products over threads of its own, and every thread of ours would get as many. */
    static final String THREADS = "OMP_NUM_THREADS";

    private final KernelProvider vector;
    private final String platform;
    private final Supplier<String> threads;
    private final ClassLoader loader;

    /** The provider for this process. */
    public Bf16Provider(KernelProvider vector) {
        this(
                vector,
                System.getProperty("os.name") + "/" + System.getProperty("os.arch"),
                () -> String.valueOf(System.getenv(THREADS)),
                Bf16Provider.class.getClassLoader());
    }

    Bf16Provider(KernelProvider vector, String platform, Supplier<String> threads, ClassLoader loader) {
        this.vector = vector;
        this.platform = platform;
        this.threads = threads;
        this.loader = loader;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> unusable() {
        if (vector.unusable().isPresent()) {
            return vector.unusable();
        }
        if (!platform.equals("Linux/amd64")) {
            return Optional.of("oneDNN is used on Linux/amd64 alone; this is " + platform);
        }
        if (VectorKernels.lanes() != LANES) {
            return Optional.of("Java's vectors have " + VectorKernels.lanes() + " lanes here; bf16 products need "
                    + LANES + " (AVX-512)");
        }
        if (!threads.get().equals("1")) {
            return Optional.of("oneDNN would start threads of its own; start the process with " + THREADS + "=1");
        }
        // The library's blocks are bounded here; its binding would count the whole process's memory against its heap.
        if (System.getProperty(BINDING_LIMIT) == null) {
            System.setProperty(BINDING_LIMIT, "0");
        }
        try {
            Class.forName(LIBRARY, false, loader);
            return OneDnn.unusable();
        } catch (ClassNotFoundException e) {
            return Optional.of("oneDNN is not on the class path: org.bytedeco:dnnl, javacpp and opencl,"
                    + " each also with the classifier linux-x86_64");
        } catch (LinkageError e) {
            return Optional.of("oneDNN cannot be loaded: " + e + "; are org.bytedeco:dnnl, javacpp and opencl on the"
                    + " class path with the classifier linux-x86_64, and is there room in ~/.javacpp?");
        }
    }

    @Override
    public Device open() {
        unusable().ifPresent(reason -> {
            throw new IllegalStateException(NAME + " cannot be opened: " + reason);
        });
        return new Bf16Device(vector.open());
    }
}
