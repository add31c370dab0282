package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.Precision;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Where there is no bf16, the provider says why, and everything else works. */
class Bf16ProviderTest {
    private static KernelProvider provider(String platform, String threads) {
        return new Bf16Provider(CpuDevices.vector(), platform, () -> threads, Bf16ProviderTest.class.getClassLoader());
    }

    @Test
    void saysThatThePlatformIsAnother() {
        assertThat(provider("Mac OS X/aarch64", "1").unusable())
                .hasValueSatisfying(reason -> assertThat(reason).contains("Mac OS X/aarch64"));
    }

    @Test
    void doesNotLetTheLibraryStartThreads() {
        KernelProvider provider = provider("Linux/amd64", "null");
        assumeTrue(VectorKernels.lanes() == 16, "vectors of other lengths here");
        assertThat(provider.unusable())
                .hasValueSatisfying(reason -> assertThat(reason).contains("OMP_NUM_THREADS=1"));
        assertThatThrownBy(provider::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cpu-bf16 cannot be opened")
                .hasMessageContaining("OMP_NUM_THREADS=1");
    }

    /** Prints why bf16 is not usable, and opens what is asked for without it. */
    static final class WithoutLibrary {
        public static void main(String[] args) {
            System.out.println("reason " + CpuDevices.bf16().unusable().orElse("none"));
            System.out.println("device " + CpuDevices.of(Precision.F32).name());
        }
    }

    @Test
    void withoutTheLibraryOnTheClassPathTheEngineWorks() throws Exception {
        String without = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("bytedeco"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> options = List.of("--add-modules", "jdk.incubator.vector", "-cp", without);
        List<String> lines = OtherProcessTest.run(OtherProcessTest.thisJava(), options, WithoutLibrary.class, "");
        assertThat(lines).contains("device cpu-vector");
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("reason ")
                        .containsAnyOf("not on the class path", "lanes", "Linux"));
    }

    @Test
    void precisionsHaveNames() {
        assertThat(Precision.of("bf16")).isEqualTo(Precision.BF16);
        assertThat(Precision.of("f32")).hasToString("f32");
        assertThatThrownBy(() -> Precision.of("int4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("f32, bf16");
    }
}
