// stream_digest.v - digest of a stream as its beats pass by: 32 bits that depend
// on every bit of every item and on their order.  C body: core/digest.h.
//
// The same for every W.  Bytes that are not there count as 0; into the last word
// of a packet goes its tuser and how many bytes the word has.
`default_nettype none
module stream_digest #(
    parameter W = 64                    // stream width in bits, a multiple of 32
) (
    input  wire           clk,
    input  wire           rst,
    input  wire           packets,      // else samples: tuser, tlast do not count
    // the stream as it passes by; 'beat' is valid && ready
    input  wire           beat,
    input  wire [W-1:0]   tdata,
    input  wire [W/8-1:0] tkeep,
    input  wire [47:0]    tuser,
    input  wire           tlast,
    output wire [31:0]    digest
);
    localparam N = W / 32;              // words a beat

    wire [31:0] user = tuser[31:0] ^ {5'd0, tuser[47:32], 11'd0};

    integer        k;
    reg [N-1:0]    there;
    reg [N*32-1:0] words;
    reg [31:0]     w;
    reg [3:0]      keep;
    reg            ends;                // this is the last word there is

    // 'beat' stays out of it: what is ready depends on the next part.
    always @* begin
        for (k = 0; k < N; k = k + 1) begin
            keep = tkeep[k*4 +: 4];
            ends = tlast && packets && (k == N - 1 || !tkeep[(k+1) % N * 4]);
            w    = tdata[k*32 +: 32]
                 & {{8{keep[3]}}, {8{keep[2]}}, {8{keep[1]}}, {8{keep[0]}}};
            // Bytes that are missing where none may be count, too.
            w = w ^ (ends ? user ^ {keep[2], ^keep[3:1], keep[1] && !keep[0], 29'd0}
                          : {28'd0, ~keep});
            there[k]          = keep != 4'd0 || k == 0; // a fault may leave holes
            words[k*32 +: 32] = w;
        end
    end

    digest_words #(.N (N)) misr (
        .clk      (clk),
        .rst      (rst),
        .valid    (there & {N{beat}}),
        .words    (words),
        .digest_q (digest)
    );
endmodule
`default_nettype wire
