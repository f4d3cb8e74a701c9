// uart_fabric.v - the fabric of a board whose port is a UART: what every board of
// that kind is made of, and all its top has to add are pins and a clock.
//
//   rx -> uart_rx -> fabric -> uart_tx -> tx
//                      ^
//   stable -> reset ---+
//
// It resets itself when 'stable' rises: 10 clk later it runs.  stable_q begins at 0
// as configuration leaves it.  That is said here, against the rule: where 'stable' is
// a constant, synthesis would else find that there never is a reset.
`default_nettype none
module uart_fabric #(
    parameter        W              = 64,       // stream width in bits: 32, 64
    parameter        CLOCK_HZ       = 0,        // of clk
    parameter [31:0] BUILD          = 32'd0,    // hash of the sources
    parameter        CLOCKS_PER_BIT = 20,       // of the line, 4..65535
    parameter        WATCH          = 0,        // 1: the slot gives telemetry
    parameter        LOG2_RX        = 11,       // see fabric
    parameter        LOG2_RESEND    = 20        // see fabric
) (
    input  wire clk,
    input  wire stable,                 // from any clock: clk can be trusted
    // serial line
    input  wire rx,
    output wire tx,
    output wire running                 // out of reset
);
    wire       stable_here;
    wire [7:0] rx_tdata,  tx_tdata;
    wire       rx_tvalid, tx_tvalid;
    wire       rx_tready, tx_tready;
    reg  [6:0] stable_q = 7'd0;         // of the last clocks
    reg        rst_q;

    sync2 #(.RESET (1'b0)) clock_stable (
        .clk (clk),
        .rst (1'b0),
        .d   (stable),
        .q   (stable_here)
    );

    always @(posedge clk) begin
        stable_q <= {stable_q[5:0], stable_here};
        rst_q    <= !(&stable_q);
    end

    assign running = !rst_q;

    uart_rx #(.CLOCKS_PER_BIT (CLOCKS_PER_BIT)) line_in (
        .clk           (clk),
        .rst           (rst_q),
        .rx            (rx),
        .m_axis_tdata  (rx_tdata),
        .m_axis_tvalid (rx_tvalid),
        .m_axis_tready (rx_tready)
    );

    fabric #(.W (W), .CLOCK_HZ (CLOCK_HZ), .BUILD (BUILD), .WATCH (WATCH),
             .LOG2_RX (LOG2_RX), .LOG2_RESEND (LOG2_RESEND)) core (
        .clk       (clk),
        .rst       (rst_q),
        .rx_tdata  (rx_tdata),
        .rx_tvalid (rx_tvalid),
        .rx_tready (rx_tready),
        .tx_tdata  (tx_tdata),
        .tx_tvalid (tx_tvalid),
        .tx_tready (tx_tready)
    );

    uart_tx #(.CLOCKS_PER_BIT (CLOCKS_PER_BIT)) line_out (
        .clk           (clk),
        .rst           (rst_q),
        .s_axis_tdata  (tx_tdata),
        .s_axis_tvalid (tx_tvalid),
        .s_axis_tready (tx_tready),
        .tx            (tx)
    );
endmodule
`default_nettype wire
