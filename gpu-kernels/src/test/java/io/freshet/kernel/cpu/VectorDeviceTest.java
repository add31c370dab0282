package io.freshet.kernel.cpu;

import org.junit.jupiter.api.Nested;

/** The contract on vectors; opening fails where the vector module is absent, so no silent fallback can pass. */
class VectorDeviceTest {
    @Nested
    class Linear extends LinearContract {
        Linear() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class Norm extends NormContract {
        Norm() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class Elementwise extends ElementwiseContract {
        Elementwise() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class Rows extends RowsContract {
        Rows() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class Attention extends AttentionContract {
        Attention() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class Softmax extends SoftmaxContract {
        Softmax() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class ScoringTable extends RankingContract {
        ScoringTable() {
            super(TestedDevice.VECTOR);
        }
    }

    @Nested
    class Peers extends PeerContract {
        Peers() {
            super(TestedDevice.VECTOR);
        }
    }
}
