// top.v - Lattice iCE40-HX8K-B-EVN: 12 MHz from the oscillator, 60 MHz from the
// PLL, and channel B of the FT2232H as a serial line of 3 Mbaud.
`default_nettype none
module top #(
    parameter        W     = 64,        // stream width in bits: 32, 64
    parameter        WATCH = 0,         // 1: the slot gives telemetry
    parameter [31:0] BUILD = 32'd0      // hash of the sources
) (
    input  wire       clk_12m,
    // serial line
    input  wire       rx,
    output wire       tx,
    output wire [7:0] led               // 0 running, 1 bytes come, 2 bytes go
);
    wire clk, locked, running;
    wire unused_core, unused_sdo;

    // 12 MHz / (0 + 1) * (79 + 1) / 2^4 = 60 MHz; the VCO runs at 960 MHz.
    SB_PLL40_CORE #(
        .FEEDBACK_PATH ("SIMPLE"),
        .DIVR          (4'd0),
        .DIVF          (7'd79),
        .DIVQ          (3'd4),
        .FILTER_RANGE  (3'd1)
    ) pll (
        .REFERENCECLK    (clk_12m),
        .PLLOUTCORE      (unused_core),
        .PLLOUTGLOBAL    (clk),
        .EXTFEEDBACK     (1'b0),
        .DYNAMICDELAY    (8'd0),
        .LOCK            (locked),
        .BYPASS          (1'b0),
        .RESETB          (1'b1),
        .LATCHINPUTVALUE (1'b0),
        .SDO             (unused_sdo),
        .SDI             (1'b0),
        .SCLK            (1'b0)
    );

    uart_fabric #(.W (W), .CLOCK_HZ (60_000_000), .BUILD (BUILD), .WATCH (WATCH),
                  .CLOCKS_PER_BIT (20)) board (
        .clk     (clk),
        .stable  (locked),
        .rx      (rx),
        .tx      (tx),
        .running (running)
    );

    assign led = {5'd0, !tx, !rx, running};

    wire unused = &{1'b0, unused_core, unused_sdo};
endmodule
`default_nettype wire
