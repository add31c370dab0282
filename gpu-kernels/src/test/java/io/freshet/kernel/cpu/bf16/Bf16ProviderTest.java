package io.freshet.kernel.cpu.bf16;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.kernel.cpu.vector.VectorKernels;
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
}
