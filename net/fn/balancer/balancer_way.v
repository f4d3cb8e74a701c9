// balancer_way.v - one way of the connections: an entry for each set, its words 0 and
// 1 in a memory each, so that the window writes one alone.  What was read in one
// clock is compared in the next.
`default_nettype none
module balancer_way #(
    parameter LOG2 = 10                 // 2^LOG2 sets
) (
    input  wire            clk,
    // ageing
    input  wire [5:0]      tick,
    input  wire [5:0]      max_age,     // 0: never
    // read, and what was read
    input  wire            re,
    input  wire [LOG2-1:0] rset,
    output wire [63:0]     entry,       // {word 1, word 0}
    // ... against a packet's key
    input  wire [31:0]     src,
    input  wire [15:0]     sport,
    input  wire [3:0]      service,
    output wire            same,        // it is the one, fresh or not
    output wire            fresh,       // it is in use: not free
    output wire            aged,        // it is too old
    // write
    input  wire [1:0]      we,          // a bit for each word
    input  wire [LOG2-1:0] wset,
    input  wire [63:0]     wdata
);
    wire       in_use = entry[47];
    wire [5:0] age    = tick - entry[46:41];
    wire       young  = max_age == 6'd0 || age <= max_age;

    assign same  = in_use && {entry[35:32], entry[63:48], entry[31:0]} == {service, sport, src};
    assign fresh = in_use && young;
    assign aged  = in_use && !young;

    genvar g;
    generate
        for (g = 0; g < 2; g = g + 1) begin : word
            net_ram #(.W (32), .LOG2 (LOG2)) store (
                .clk     (clk),
                .we      (we[g]),
                .waddr   (wset),
                .wdata   (wdata[g*32 +: 32]),
                .re      (re),
                .raddr   (rset),
                .rdata_q (entry[g*32 +: 32])
            );
        end
    endgenerate
endmodule
`default_nettype wire
