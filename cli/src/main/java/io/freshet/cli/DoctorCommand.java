package io.freshet.cli;

import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.CpuDevices;
import java.io.File;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Says what the engine finds on this machine, and what that means. */
@Command(
        name = "doctor",
        description = "Checks this machine: Java, devices, memory, disk.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.out.println("java      " + Runtime.version() + " (17 or newer is needed)");
        System.out.println("cores     " + Runtime.getRuntime().availableProcessors());
        System.out.println("heap      " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB");
        for (KernelProvider provider : List.of(CpuDevices.vector(), CpuDevices.scalar(), CpuDevices.bf16())) {
            System.out.println("device    " + provider.name() + ": "
                    + provider.unusable().map(reason -> "not usable: " + reason).orElse("usable"));
        }
        long free = new File(".").getUsableSpace() >> 30;
        System.out.println("disk      " + free + " GiB free here");
        return 0;
    }
}
