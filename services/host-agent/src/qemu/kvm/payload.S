# The guest that proves KVM, as a 64 KiB firmware image: runs from the reset vector, with no BIOS and no kernel.
# Every step writes its letter to port 0xe9 once it has held; the last one ends QEMU through port 0xf4.
# Assembled into payload-table.ts, whose test assembles it again: as --64 payload.S -o o && objcopy -O binary -j .text o image
        .set BASE, 0xf0000
        .set PML4, 0x1000
        .set PDPT, 0x2000
        .set PD, 0x3000
        .set PT, 0x4000
        .set IDT, 0x5000
        .set TSS, 0x6000
        .set TICKS, 0x7000
        .set FAULTS, 0x7008
        .set KSTACK, 0x9000
        .set USTACK, 0xa000
        .macro STEP letter
        movb    $\letter, %al
        outb    %al, $0xe9
        .endm

        .code16
start:
        cli
        cld
        STEP 'a'
        lgdtl   %cs:gdt_pointer - start
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmpl   $0x08, $(BASE + protected - start)

        .code32
protected:
        movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $KSTACK, %esp
        STEP 'b'

        # Tables: 2 MiB mapped one to one in 4 KiB pages, open to ring 3.
        xorl    %eax, %eax
        movl    $PML4, %edi
        movl    $0x1c00, %ecx
        rep stosl
        movl    $(PDPT + 7), PML4
        movl    $(PD + 7), PDPT
        movl    $(PT + 7), PD
        movl    $PT, %edi
        movl    $7, %eax
        movl    $512, %ecx
1:      movl    %eax, (%edi)
        addl    $8, %edi
        addl    $0x1000, %eax
        loop    1b

        movl    %cr4, %eax
        orl     $0x20, %eax
        movl    %eax, %cr4
        movl    $PML4, %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx
        rdmsr
        orl     $0x101, %eax
        wrmsr
        movl    %cr0, %eax
        orl     $0x80010000, %eax
        movl    %eax, %cr0
        ljmpl   $0x18, $(BASE + long - start)

        .code64
long:
        STEP 'c'

        # Paging: one address shows two frames in turn, and each keeps its own.
        movq    $0x1111, 0x20000
        movq    $0x2222, 0x30000
        movl    $0x20007, PT + 0x80 * 8
        invlpg  0x80000
        cmpq    $0x1111, 0x80000
        jne     stop
        movl    $0x30007, PT + 0x80 * 8
        invlpg  0x80000
        cmpq    $0x2222, 0x80000
        jne     stop
        movq    $0x3333, 0x80000
        cmpq    $0x3333, 0x30000
        jne     stop
        STEP 'd'

        # Gates: page fault (14), timer (32), and 128 for ring 3.
        movl    $(BASE + fault - start), %eax
        movl    $(IDT + 14 * 16), %edi
        movw    $0x8e00, %dx
        call    gate
        movl    $(BASE + timer - start), %eax
        movl    $(IDT + 32 * 16), %edi
        call    gate
        movl    $(BASE + called - start), %eax
        movl    $(IDT + 128 * 16), %edi
        movw    $0xee00, %dx
        call    gate
        lidt    idt_pointer - start + BASE
        movq    $KSTACK, TSS + 4
        movl    $0x40, %eax
        ltr     %ax

        # Fault: a page that is not there, put there by the handler.
        movl    $0, PT + 0x81 * 8
        invlpg  0x81000
        movq    $0x4444, 0x81000
        cmpq    $0x4444, 0x81000
        jne     stop
        cmpq    $1, FAULTS
        jne     stop
        STEP 'e'

        # Local interrupt controller: on, and open to the old controller's line, as firmware leaves it.
        movl    $0xfee00017, PT + 0x82 * 8
        invlpg  0x82000
        movl    $0x1ff, 0x820f0
        movl    $0x700, 0x82350

        # Timer: the interrupt controller at 32, the clock at 1 kHz, twenty ticks slept through.
        movb    $0x11, %al
        outb    %al, $0x20
        movb    $0x20, %al
        outb    %al, $0x21
        movb    $0x04, %al
        outb    %al, $0x21
        movb    $0x01, %al
        outb    %al, $0x21
        movb    $0xfe, %al
        outb    %al, $0x21
        movb    $0x34, %al
        outb    %al, $0x43
        movb    $0xa9, %al
        outb    %al, $0x40
        movb    $0x04, %al
        outb    %al, $0x40
3:      sti
        hlt
        cli
        cmpq    $20, TICKS
        jb      3b
        STEP 'f'

        # Ring 3: iretq down, work under the running timer, and int 128 back up.
        pushq   $0x33
        pushq   $USTACK
        pushq   $0x202
        pushq   $0x2b
        pushq   $(BASE + user - start)
        iretq

user:
        movq    TICKS, %rbx
        addq    $20, %rbx
4:      pause
        cmpq    %rbx, TICKS
        jb      4b
        int     $128
        jmp     stop

called:
        STEP 'g'

        # Work: 4 million steps of xorshift64, whose end is known.
        movq    $0x2545f4914f6cdd1d, %rax
        movl    $4000000, %ecx
2:      movq    %rax, %rbx
        shlq    $13, %rbx
        xorq    %rbx, %rax
        movq    %rax, %rbx
        shrq    $7, %rbx
        xorq    %rbx, %rax
        movq    %rax, %rbx
        shlq    $17, %rbx
        xorq    %rbx, %rax
        decl    %ecx
        jnz     2b
        movabsq $0x25057c5d62b20247, %rbx
        cmpq    %rbx, %rax
        jne     stop
        STEP 'h'
        movb    $0x2a, %al
        outb    %al, $0xf4
stop:
        cli
        hlt
        jmp     stop

fault:
        pushq   %rax
        incq    FAULTS
        movl    $0x81007, PT + 0x81 * 8
        invlpg  0x81000
        popq    %rax
        addq    $8, %rsp
        iretq

timer:
        pushq   %rax
        incq    TICKS
        movb    $0x20, %al
        outb    %al, $0x20
        popq    %rax
        iretq

gate:                                   # eax: handler, edi: entry, dx: kind
        movw    %ax, (%rdi)
        movw    $0x18, 2(%rdi)
        movw    %dx, 4(%rdi)
        shrl    $16, %eax
        movw    %ax, 6(%rdi)
        ret

        .align 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff      # 0x08 code, 32 bits
        .quad   0x00cf93000000ffff      # 0x10 data
        .quad   0x00af9b000000ffff      # 0x18 code, 64 bits
        .quad   0
        .quad   0x00affb000000ffff      # 0x28 code, 64 bits, ring 3
        .quad   0x00cff3000000ffff      # 0x30 data, ring 3
        .quad   0
        .quad   0x0000890060000067      # 0x40 task state at TSS
        .quad   0
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   BASE + gdt - start
idt_pointer:
        .word   0x0fff
        .quad   IDT
end:
        .org    0xfff0
        .code16
        ljmp    $0xf000, $0
        .org    0x10000
