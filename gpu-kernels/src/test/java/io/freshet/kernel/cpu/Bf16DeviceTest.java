package io.freshet.kernel.cpu;

import org.junit.jupiter.api.Nested;

/**
 * The contract in bf16. Inputs are bf16 numbers, so products of linear layers are held to the tolerance of float32; the
 * weights of a softmax are rounded on the way. Skipped where the device is missing, unless it is demanded:
 * {@link DeviceDemand}.
 */
class Bf16DeviceTest {
    @Nested
    class Linear extends LinearContract {
        Linear() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class Norm extends NormContract {
        Norm() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class Elementwise extends ElementwiseContract {
        Elementwise() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class Rows extends RowsContract {
        Rows() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class Attention extends AttentionContract {
        Attention() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class Softmax extends SoftmaxContract {
        Softmax() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class ScoringTable extends RankingContract {
        ScoringTable() {
            super(TestedDevice.BF16);
        }
    }

    @Nested
    class Peers extends PeerContract {
        Peers() {
            super(TestedDevice.BF16);
        }
    }
}
